import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Projects, and the issues below them, whose paths Sentry deprecated and still serves.
struct SentryProjectEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    router.on(
      .get, "/api/0/organizations/{org}/projects/", sandbox.authenticated(projects))
    let base = "/api/0/projects/{org}/{project}/"
    router.on(.get, base, sandbox.authenticated(project))
    router.on(.get, base + "teams/", sandbox.authenticated(teams))
    router.on(.get, base + "issues/", sandbox.authenticated(issues))
    router.on(.put, base + "issues/", sandbox.authenticated(updateMany))
  }

  private func projects(_ request: Request) async throws -> Response {
    let query = (request.queryValue("query") ?? "").lowercased()
    try sandbox.require("project:read")
    let projects = sandbox.state.withLock { $0.visibleProjects }
      .filter { query.isEmpty || $0.slug.contains(query) || $0.name.lowercased().contains(query) }
      .sorted { $0.slug < $1.slug }
    return SentryPage.respond(projects.map { sandbox.json.project($0) }, request, sandbox.baseURL)
  }

  private func project(_ request: Request) async throws -> Response {
    .json(sandbox.json.project(try sandbox.project(request), isDetailed: true))
  }

  private func teams(_ request: Request) async throws -> Response {
    let team = SandboxSentryTeam.of(try sandbox.project(request))
    return SentryPage.respond([sandbox.json.team(team)], request, sandbox.baseURL)
  }

  private func issues(_ request: Request) async throws -> Response {
    let project = try sandbox.project(request)
    let query = SentryQuery(request.queryValue("query") ?? "is:unresolved")
    let found = sandbox.state.withLock { state in
      (state.idsByProject[project.id] ?? []).compactMap { state.issues[$0] }
    }
    .filter(query.matches).sorted { ($0.lastSeen, $0.id) > ($1.lastSeen, $1.id) }
    return SentryPage.respond(
      found.map { issue in
        guard case .object(var object) = sandbox.json.issue(issue, project, .listed())
        else { return .null }
        // The shape of before 2023, as this path's document still has it.
        object["metadata"] = ["title": .string(issue.title)]
        object["annotations"] = []
        object["statusDetails"] = [:]
        return .object(object)
      }, request, sandbox.baseURL)
  }

  /// All issues named by `id`, or all of the project without one.
  private func updateMany(_ request: Request) async throws -> Response {
    let project = try sandbox.project(request)
    let asked = (request.queryValues["id"] ?? []).compactMap { Int64($0) }
    let body = try await request.json() ?? .null
    let own = sandbox.state.withLock { $0.idsByProject[project.id] ?? [] }
    let ids = asked.isEmpty ? own : asked.filter { own.contains($0) }
    guard !ids.isEmpty, body["status"]?.stringValue != nil else {
      return SentrySandbox.refusal("Nothing to change.", status: 400)
    }
    if let refusal = sandbox.update(ids, body) { return refusal }
    return .json([
      "status": body["status"] ?? .null, "statusDetails": [:], "isPublic": false,
    ])
  }
}
