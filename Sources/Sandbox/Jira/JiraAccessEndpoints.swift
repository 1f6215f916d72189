import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What an administrator does to projects, statuses and permissions. See docs/sandbox.md.
struct JiraAccessEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/sandbox/access", change)
    router.on(.post, "/sandbox/issues/{key}/security", secure)
    router.on(.post, "/sandbox/projects/{key}/rename", rename)
    router.on(.post, "/sandbox/statuses/{id}", changeStatus)
    for act in Act.allCases {
      router.on(.post, "/sandbox/projects/{key}/\(act.rawValue)") { try perform(act, $0) }
    }
    router.on(
      .get, "/rest/api/3/project/{key}/securitylevel", sandbox.authenticated(securityLevels))
  }

  enum Act: String, CaseIterable, Sendable {
    case hide, show, trash, restore, archive, unarchive, delete

    var event: String? {
      switch self {
      case .hide, .show: nil
      case .trash: "project_soft_deleted"
      case .restore: "project_restored_deleted"
      case .archive: "project_archived"
      case .unarchive: "project_restored_archived"
      case .delete: "project_deleted"
      }
    }
  }

  private func project(_ request: Request) throws -> SandboxJiraProject {
    try JiraProjectEndpoints.find(request.parameters["key"] ?? "", sandbox)
  }

  /// `{"token_expired":true,"login_reason":"OUT"}`; what is not said is as it is for a new site, and a
  /// `login_reason` of null is stripped. Issues by their keys: `unavailable`, `oversized`.
  private func change(_ request: Request) async throws -> Response {
    let body = try await request.json() ?? .null
    sandbox.state.withLock { state in
      var access = state.access
      access.isTokenExpired = body["token_expired"] == .bool(true)
      access.loginReason =
        body["login_reason"] == .null
        ? nil : body["login_reason"]?.stringValue ?? "AUTHENTICATED_FAILED"
      func ids(_ name: String) -> [Int64] {
        (body[name]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { state.issue($0)?.id } }
      }
      access.unavailableIssues = Dictionary(ids("unavailable").map { ($0, Int.max) }) { $1 }
      access.oversizedIssues = Set(ids("oversized"))
      access.maxPageIssues = body["max_page_issues"]?.wholeNumber
      access.losesPageToken = body["loses_page_token"] == .bool(true)
      state.access = access
    }
    return .noContent
  }

  /// `{"level":"visible"}`: a security level that the account is part of; anything else: none.
  private func secure(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let level = try await request.json()?["level"]?.stringValue
    sandbox.state.withLock { state in
      state.access.leveledIssues.remove(issue.id)
      if level == "visible" { state.access.leveledIssues.insert(issue.id) }
    }
    return .noContent
  }

  /// `{"key":"ZED","name":"Zed"}`
  private func rename(_ request: Request) async throws -> Response {
    let project = try project(request)
    let body = try await request.json()
    let renamed = sandbox.state.withLock { state -> SandboxJiraProject? in
      state.rename(
        project.id, key: body?["key"]?.stringValue ?? project.key,
        name: body?["name"]?.stringValue ?? project.name)
      return state.projects[project.id]
    }
    if let renamed { sandbox.tell("project_updated", renamed) }
    return .noContent
  }

  private func perform(_ act: Act, _ request: Request) throws -> Response {
    let project = try project(request)
    sandbox.state.withLock { state in
      switch act {
      case .hide: state.access.hiddenProjects.insert(project.id)
      case .show: state.access.hiddenProjects.remove(project.id)
      case .trash: state.access.trashedProjects.insert(project.id)
      case .restore: state.access.trashedProjects.remove(project.id)
      case .archive: state.access.archivedProjects.insert(project.id)
      case .unarchive: state.access.archivedProjects.remove(project.id)
      case .delete:
        for id in project.issues { state.delete(id) }
        state.projects[project.id] = nil
      }
    }
    if let event = act.event { sandbox.tell(event, project) }
    return .noContent
  }

  /// `{"name":"Closed","category":"done"}`
  private func changeStatus(_ request: Request) async throws -> Response {
    let id = request.parameters["id"] ?? ""
    let body = try await request.json()
    let known = sandbox.state.withLock { state in
      state.statuses[id] ?? Workflow.all.flatMap(\.statuses).first { $0.id == id }
    }
    guard let known else {
      return JiraSandbox.refusal(["There is no status '\(id)'."], status: 400)
    }
    sandbox.state.withLock {
      $0.change(
        WorkflowStatus(
          id: id, name: body?["name"]?.stringValue ?? known.name,
          category: body?["category"]?.stringValue ?? known.category))
    }
    return .noContent
  }

  /// Levels are shown to those who may set them.
  private func securityLevels(_ request: Request) throws -> Response {
    let project = try project(request)
    let hasLevels = sandbox.state.withLock { state in
      project.issues.contains { id in
        state.issues[id]?.isHidden == true || state.access.leveledIssues.contains(id)
      }
    }
    let levels: [JSONValue] =
      hasLevels
      ? [
        [
          "self": .string("\(sandbox.baseURL)/rest/api/3/securitylevel/100000"), "id": "100000",
          "name": "Internal", "description": "Visible to a few",
        ]
      ] : []
    return .json(["levels": .array(levels)])
  }
}
