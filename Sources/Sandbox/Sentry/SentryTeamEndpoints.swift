import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Teams and members.
struct SentryTeamEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/"
    router.on(.get, base + "members/", sandbox.authenticated(members))
    router.on(.get, base + "teams/", sandbox.authenticated(teams))
    router.on(.get, "/api/0/teams/{org}/{team}/", sandbox.authenticated(team))
    router.on(.get, "/api/0/teams/{org}/{team}/projects/", sandbox.authenticated(projects))
  }

  private func members(_ request: Request) async throws -> Response {
    SentryPage.respond(
      SandboxSentryUser.all.map(sandbox.json.member), request, sandbox.baseURL)
  }

  private func projects(of team: SandboxSentryTeam) -> [SandboxSentryProject] {
    sandbox.state.withLock { Array($0.projects.values) }
      .filter { SandboxSentryTeam.of($0).id == team.id }.sorted { $0.slug < $1.slug }
  }

  private func teams(_ request: Request) async throws -> Response {
    let query = (request.queryValue("query") ?? "").lowercased()
    let isDetailed = request.queryValue("detailed") != "0"
    let teams = SandboxSentryTeam.all.filter { query.isEmpty || $0.slug.contains(query) }
    return SentryPage.respond(
      teams.map { team in
        sandbox.json.team(team, projects: isDetailed ? projects(of: team) : nil)
      }, request, sandbox.baseURL)
  }

  private func find(_ request: Request) throws -> SandboxSentryTeam {
    let wanted = request.parameters["team"] ?? ""
    let team = SandboxSentryTeam.all.first { $0.slug == wanted || String($0.id) == wanted }
    guard let team else { throw HTTPError(.notFound, "The requested resource does not exist") }
    return team
  }

  private func team(_ request: Request) async throws -> Response {
    let team = try find(request)
    return .json(sandbox.json.team(team, projects: projects(of: team)))
  }

  private func projects(_ request: Request) async throws -> Response {
    let projects = projects(of: try find(request))
    return SentryPage.respond(projects.map { sandbox.json.project($0) }, request, sandbox.baseURL)
  }
}
