import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Issues.
struct SentryIssueEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/issues/"
    router.on(.get, base, sandbox.authenticated(list))
    router.on(.put, base, sandbox.authenticated(updateMany))
    router.on(.get, base + "{issue}/", sandbox.authenticated(get))
    router.on(.put, base + "{issue}/", sandbox.authenticated(update))
    router.on(
      .get, "/api/0/organizations/{org}/shortids/{short}/", sandbox.authenticated(resolve))
  }

  /// No query means `is:unresolved`; an empty one is all.
  private func list(_ request: Request) async throws -> Response {
    let query = SentryQuery(request.queryValue("query") ?? "is:unresolved")
    let asked = (request.queryValues["project"] ?? []).compactMap { Int64($0) }
    let most = SentryPage.most(request, otherwise: 25)
    let offset = SentryPage.offset(request)
    let sort = request.queryValue("sort") ?? "date"
    let json = sandbox.json
    let expand = request.queryValues["expand"] ?? []
    let groups = (request.queryValues["group"] ?? []).compactMap { Int64($0) }
    if !groups.isEmpty {
      // With ids, every other condition is left aside.
      return sandbox.state.withLock { state in
        .json(
          .array(
            groups.compactMap { state.issues[$0] }.map {
              json.issue($0, state.projects[$0.projectID], withActivity: false, expand: expand)
            }))
      }
    }
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
        json.issue($0, state.projects[$0.projectID], withActivity: false, expand: expand)
      }
      return (page, sorted.count)
    }
    var response = Response.json(.array(items))
    SentryPage.addLinks(
      &response, request, sandbox.baseURL, offset: offset, most: most, total: total)
    return response
  }

  private func get(_ request: Request) async throws -> Response {
    let (issue, project) = try sandbox.issue(request)
    return .json(
      sandbox.json.issue(
        issue, project, withActivity: true, expand: request.queryValues["expand"] ?? []))
  }

  private func update(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    let body = try await request.json() ?? .null
    if let refusal = sandbox.update([issue.id], body) { return refusal }
    return try await get(request)
  }

  /// All issues named by `id`. With `merge` they become the first of them.
  private func updateMany(_ request: Request) async throws -> Response {
    let ids = (request.queryValues["id"] ?? []).compactMap { Int64($0) }
    guard case .object(let body)? = try await request.json(), !body.isEmpty else {
      return SentrySandbox.refusal("Nothing to change.", status: 400)
    }
    if body["merge"] == true || body["merge"] == 1 {
      guard ids.count > 1, let parent = ids.first else {
        return SentrySandbox.refusal("Two issues at least are merged.", status: 400)
      }
      sandbox.state.withLock { state in
        for id in ids.dropFirst() { state.merge(id, into: parent) }
      }
      return .json([
        "merge": [
          "parent": .string(String(parent)),
          "children": .array(ids.dropFirst().map { .string(String($0)) }),
        ]
      ])
    }
    if let refusal = sandbox.update(ids, .object(body)) { return refusal }
    var answer = body
    if let owner = body["assignedTo"]?.stringValue {
      answer["assignedTo"] = SandboxSentryOwner(owner)?.json
    }
    if body["status"] != nil { answer["statusDetails"] = body["statusDetails"] ?? [:] }
    return .json(.object(answer))
  }

  /// The issue that a short id names.
  private func resolve(_ request: Request) async throws -> Response {
    let short = request.parameters["short"] ?? ""
    let found = sandbox.state.withLock { state in
      state.issue(short).map { ($0, state.projects[$0.projectID]) }
    }
    guard let (issue, project) = found else {
      return SentrySandbox.refusal("The requested resource does not exist", status: 404)
    }
    return .json([
      "organizationSlug": .string(sandbox.configuration.organization),
      "projectSlug": JSONValue(project?.slug), "groupId": .string(String(issue.id)),
      "shortId": .string(issue.shortID),
      "group": sandbox.json.issue(issue, project, withActivity: false),
    ])
  }
}
