import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Issues and their events.
struct SentryIssueEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/issues/"
    router.on(.get, base, sandbox.authenticated(list))
    router.on(.put, base, sandbox.authenticated(updateMany))
    router.on(.get, base + "{issue}/", sandbox.authenticated(get))
    router.on(.put, base + "{issue}/", sandbox.authenticated(update))
    router.on(.get, base + "{issue}/events/", sandbox.authenticated(events))
    router.on(.get, base + "{issue}/events/{event}/", sandbox.authenticated(event))
    router.on(.get, base + "{issue}/external-issues/", sandbox.authenticated(externalIssues))
  }

  private func find(_ request: Request) throws -> (SandboxSentryIssue, SandboxSentryProject?) {
    let wanted = request.parameters["issue"] ?? ""
    let found = sandbox.state.withLock { state in
      state.issue(wanted).map { ($0, state.projects[$0.projectID]) }
    }
    guard let found else { throw HTTPError(.notFound, "The requested resource does not exist") }
    return found
  }

  /// No query means `is:unresolved`; an empty one is all.
  private func list(_ request: Request) async throws -> Response {
    let query = SentryQuery(request.queryValue("query") ?? "is:unresolved")
    let asked = (request.queryValues["project"] ?? []).compactMap { Int64($0) }
    let most = SentryPage.most(request, otherwise: 25)
    let offset = SentryPage.offset(request)
    let sort = request.queryValue("sort") ?? "date"
    let json = sandbox.json
    let (items, total) = sandbox.state.withLock { state -> ([JSONValue], Int) in
      let projects =
        asked.isEmpty || asked.contains(-1) ? Array(state.idsByProject.keys) : asked
      let ids = projects.flatMap { state.idsByProject[$0] ?? [] }
      let found = ids.compactMap { state.issues[$0] }.filter(query.matches)
      let sorted = found.sorted { left, right in
        switch sort {
        case "new": (left.firstSeen, left.id) > (right.firstSeen, right.id)
        case "freq": (left.count, left.id) > (right.count, right.id)
        case "user": (left.userCount, left.id) > (right.userCount, right.id)
        default: (left.lastSeen, left.id) > (right.lastSeen, right.id)
        }
      }
      let page = sorted.dropFirst(offset).prefix(most).map {
        json.issue($0, state.projects[$0.projectID], withActivity: false)
      }
      return (page, sorted.count)
    }
    var response = Response.json(.array(items))
    SentryPage.addLinks(
      &response, request, sandbox.baseURL, offset: offset, most: most, total: total)
    return response
  }

  private func get(_ request: Request) async throws -> Response {
    let (issue, project) = try find(request)
    return .json(sandbox.json.issue(issue, project, withActivity: true))
  }

  private func update(_ request: Request) async throws -> Response {
    let (issue, _) = try find(request)
    let body = try await request.json()
    if let status = body?["status"]?.stringValue {
      let substatus = body?["substatus"]?.stringValue
      guard sandbox.change(issue.id, status, substatus: substatus) else { return Self.badStatus }
    }
    return try await get(request)
  }

  /// All issues named by `id`.
  private func updateMany(_ request: Request) async throws -> Response {
    let body = try await request.json()
    guard let status = body?["status"]?.stringValue else { return Self.badStatus }
    for id in (request.queryValues["id"] ?? []).compactMap({ Int64($0) }) {
      guard sandbox.change(id, status) else { return Self.badStatus }
    }
    return .json(.object(["status": .string(status), "statusDetails": .object([:])]))
  }

  private static var badStatus: Response {
    let text = "Invalid choice. Choose one of resolved, unresolved, ignored, resolvedInNextRelease."
    return .json(.object(["status": .array([.string(text)])]), status: 400)
  }

  private func events(_ request: Request) async throws -> Response {
    let (issue, project) = try find(request)
    return SentryPage.respond(
      [sandbox.json.event(of: issue, project, isListed: true)], request, sandbox.baseURL)
  }

  private func event(_ request: Request) async throws -> Response {
    let (issue, project) = try find(request)
    return .json(sandbox.json.event(of: issue, project))
  }

  private func externalIssues(_ request: Request) async throws -> Response {
    let (issue, _) = try find(request)
    return .json(
      .array(
        issue.externalIssues.map {
          SentryOrganizationEndpoints.json(
            $0.id, issue: issue.id, name: $0.displayName, url: $0.webURL)
        }))
  }
}

/// The part of Sentry's search that the look-alike knows: `is:`, `level:` and words of the title.
struct SentryQuery: Sendable {
  private var statuses: [String] = []
  private var levels: [String] = []
  private var words: [String] = []

  init(_ text: String) {
    for part in text.split(separator: " ") {
      if part.hasPrefix("is:") {
        let status = String(part.dropFirst(3))
        statuses.append(status == "archived" ? "ignored" : status)
      } else if part.hasPrefix("level:") {
        levels.append(String(part.dropFirst(6)))
      } else {
        words.append(part.lowercased())
      }
    }
  }

  func matches(_ issue: SandboxSentryIssue) -> Bool {
    statuses.allSatisfy { $0 == issue.status } && (levels.isEmpty || levels.contains(issue.level))
      && words.allSatisfy { issue.title.lowercased().contains($0) }
  }
}
