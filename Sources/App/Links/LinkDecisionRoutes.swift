import HTTPServer
import HTTPTypes
import RESTClient

/// Accepting and rejecting proposed links.
struct LinkDecisionRoutes: Sendable {
  let links: LinkStore
  let decisions: LinkDecisions

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/links/{id}/acceptances", .write, accept)
    routes.on(.post, "/links/{id}/rejections", .write, reject)
    routes.on(.post, "/link-decisions", .write, decide)
  }

  private func accept(_ call: Call) async throws -> Response {
    let id = try call.id()
    try await call.optionalFields().finish()
    let name = call.principal.name
    if let problem = try await decisions.decide(accept: [id], reject: [], by: name)[0].problem {
      throw problem
    }
    guard let json = try await links.find(id) else { throw Problem.notFound("link \(id)") }
    return .json(json)
  }

  private func reject(_ call: Call) async throws -> Response {
    let id = try call.id()
    try await call.optionalFields().finish()
    let name = call.principal.name
    if let problem = try await decisions.decide(accept: [], reject: [id], by: name)[0].problem {
      throw problem
    }
    return .noContent
  }

  private func decide(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let most = LinkDecisions.maxTogether
    let accept = Self.distinct(body.ids("accept", most: most))
    let reject = Self.distinct(body.ids("reject", most: most))
    try body.finish()
    guard (1...most).contains(accept.count + reject.count) else {
      throw Problem.invalid(
        "/accept",
        "`accept` and `reject` must hold 1 to \(most) ids together "
          + "(got \(accept.count + reject.count)).")
    }
    if let both = reject.first(where: accept.contains) {
      throw Problem.invalid(
        "/reject", "Link \(both) is in `accept` too; a link can be decided one way only.")
    }
    let results = try await decisions.decide(
      accept: accept, reject: reject, by: call.principal.name)
    return .json(try await json(results, call))
  }

  private func json(_ results: [LinkDecisions.Result], _ call: Call) async throws -> JSONValue {
    let found = try await links.json(results.map(\.linkID))
    func count(_ isMeant: (LinkDecisions.Result) -> Bool) -> JSONValue {
      JSONValue(results.count(where: isMeant))
    }
    return .object([
      "accepted": count { $0.problem == nil && $0.decision == .accept },
      "rejected": count { $0.problem == nil && $0.decision == .reject },
      "failed": count { $0.problem != nil },
      "results": .array(
        try results.map { result in
          .object([
            "link_id": .integer(result.linkID), "decision": .string(result.decision.rawValue),
            "outcome": .string(result.problem == nil ? result.decision.done : "failed"),
            "link": try found[result.linkID].map { try JSONValue(parsing: $0) } ?? .null,
            "problem": result.problem.map {
              $0.document(instance: call.request.headerFields[.requestID] ?? "")
            } ?? .null,
          ])
        }),
    ])
  }

  private static func distinct(_ ids: [Int64]) -> [Int64] {
    var seen: Set<Int64> = []
    return ids.filter { seen.insert($0).inserted }
  }
}
