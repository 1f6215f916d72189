import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Projects, their statuses, issue types and people.
struct JiraProjectEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/project/"
    router.on(.get, path + "search", sandbox.authenticated(search))
    router.on(.get, path + "{key}", sandbox.authenticated(project))
    router.on(.get, path + "{key}/statuses", sandbox.authenticated(statuses))
    router.on(.get, "/rest/api/3/issuetype/project", sandbox.authenticated(types))
    router.on(.get, "/rest/api/3/user/assignable/search", sandbox.authenticated(people))
  }

  static func find(_ key: String, _ sandbox: JiraSandbox) throws -> SandboxJiraProject {
    guard let project = sandbox.state.withLock({ $0.project(key) }) else {
      throw HTTPError(.notFound, "No project could be found with key '\(key)'.")
    }
    return project
  }

  private func search(_ request: Request) async throws -> Response {
    let values = request.queryValues
    let query = (values["query"]?.first ?? "").lowercased()
    let keys = Set((values["keys"] ?? []).flatMap { $0.split(separator: ",").map(String.init) })
    let ids = Set(values["id"] ?? [])
    let states = Set(values["status"] ?? ["live"])
    let (projects, access) = sandbox.state.withLock { state in
      (
        state.projects.values.filter { project in
          // Administrators see the trash.
          JiraViewer.current == .service && state.access.trashedProjects.contains(project.id)
            || state.showsProject(project.id)
        }, state.access
      )
    }
    let found = projects.filter { project in
      let isAsked = states.contains(
        access.trashedProjects.contains(project.id)
          ? "deleted" : access.archivedProjects.contains(project.id) ? "archived" : "live")
      let isNamed =
        query.isEmpty || project.key.lowercased().contains(query)
        || project.name.lowercased().contains(query)
      return isAsked && isNamed && (keys.isEmpty || keys.contains(project.key))
        && (ids.isEmpty || ids.contains(String(project.id)))
    }
    let order = values["orderBy"]?.first ?? "key"
    let sorted = found.sorted { left, right in
      order.hasSuffix("name") ? left.name < right.name : left.key < right.key
    }
    let listed = order.hasPrefix("-") ? sorted.reversed() : sorted
    return JiraPage.respond(
      listed.map {
        sandbox.json.project($0, isArchived: access.archivedProjects.contains($0.id))
      }, request, sandbox.baseURL)
  }

  private func project(_ request: Request) async throws -> Response {
    let project = try Self.find(request.parameters["key"] ?? "", sandbox)
    return .json(sandbox.json.project(project, isDetailed: true))
  }

  private func statuses(_ request: Request) async throws -> Response {
    let project = try Self.find(request.parameters["key"] ?? "", sandbox)
    let statuses = JSONValue.array(project.workflow.statuses.map(sandbox.json.status))
    let settings = sandbox.settings
    return .json(
      .array(
        settings.types(of: project.id).map { type in
          [
            "self": .string("\(sandbox.baseURL)/rest/api/3/issuetype/\(type.id)"),
            "id": .string(type.id), "name": .string(settings.name(type.name)),
            "subtask": .bool(settings.isSubtask(type)), "statuses": statuses,
          ]
        }))
  }

  private func types(_ request: Request) async throws -> Response {
    guard let id = request.queryValue("projectId"), Int64(id) != nil else {
      return JiraSandbox.refusal([], errors: ["projectId": Self.idIsNeeded], status: 400)
    }
    let project = try Self.find(id, sandbox)
    return .json(.array(sandbox.settings.types(of: project.id).map { sandbox.json.type($0.id) }))
  }

  private static let idIsNeeded = "The ID of a project has to be provided."

  /// People whom an issue of a project, or one issue, can be assigned to.
  private func people(_ request: Request) async throws -> Response {
    if let project = request.queryValue("project") {
      _ = try Self.find(project, sandbox)
    } else if let key = request.queryValue("issueKey") ?? request.queryValue("issueId") {
      guard sandbox.state.withLock({ $0.issue(key) }) != nil else {
        return JiraSandbox.refusal(["The issue '\(key)' was not found."], status: 404)
      }
    } else {
      return JiraSandbox.refusal(["A project or an issue must be specified."], status: 400)
    }
    let query = (request.queryValue("query") ?? "").lowercased()
    let account = request.queryValue("accountId")
    let people = SandboxPerson.all.filter { person in
      (account == nil || person.accountID == account)
        && (query.isEmpty || person.displayName.lowercased().contains(query)
          || person.email?.hasPrefix(query) ?? false)
    }
    let range = JiraPage.range(of: people.count, request, otherwise: 50, cap: 1000)
    let page = people[min(range.start, range.end)..<range.end]
    return .json(.array(page.map { sandbox.json.person($0.accountID) }))
  }
}
