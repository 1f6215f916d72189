import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What the account may do, and the site's number for the gateway.
struct JiraPermissionEndpoints: Sendable {
  private static let names = [
    "BROWSE_PROJECTS": "Browse projects", "CREATE_ISSUES": "Create issues",
    "EDIT_ISSUES": "Edit issues", "TRANSITION_ISSUES": "Transition issues",
    "ASSIGN_ISSUES": "Assign issues", "ASSIGNABLE_USER": "Assignable user",
    "ADD_COMMENTS": "Add comments", "EDIT_OWN_COMMENTS": "Edit own comments",
    "DELETE_OWN_COMMENTS": "Delete own comments", "DELETE_ISSUES": "Delete issues",
    "LINK_ISSUES": "Link issues", "RESOLVE_ISSUES": "Resolve issues", "MOVE_ISSUES": "Move issues",
    "SET_ISSUE_SECURITY": "Set issue security", "ADMINISTER_PROJECTS": "Administer projects",
  ]

  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/rest/api/3/mypermissions", sandbox.authenticated(permissions))
    // Anybody may ask.
    router.on(.get, "/_edge/tenant_info") { _ in .json(["cloudId": .string(sandbox.cloudID)]) }
    router.on(.post, "/sandbox/permissions", lack)
    router.on(.post, "/sandbox/scopes", setScopes)
  }

  private func permissions(_ request: Request) async throws -> Response {
    let keys = (request.queryValue("permissions") ?? "").split(separator: ",").map(String.init)
    guard !keys.isEmpty else {
      return JiraSandbox.refusal(
        ["The 'permissions' query parameter is required."], status: 400)
    }
    if let unknown = keys.first(where: { Self.names[$0] == nil }) {
      return JiraSandbox.refusal(["Unrecognized permission: \(unknown)"], status: 400)
    }
    if let project = request.queryValue("projectKey") ?? request.queryValue("projectId") {
      _ = try JiraProjectEndpoints.find(project, sandbox)
    }
    let lacking = sandbox.state.withLock { $0.lackingPermissions }
    let found = keys.enumerated().map { index, key -> (String, JSONValue) in
      (
        key,
        [
          "id": .string(String(index + 10)), "key": .string(key),
          "name": JSONValue(Self.names[key]), "type": "PROJECT",
          "description": JSONValue(Self.names[key]),
          "havePermission": .bool(!lacking.contains(key)),
        ]
      )
    }
    return .json(["permissions": .object(Dictionary(found) { one, _ in one })])
  }

  /// `{"lacking":["TRANSITION_ISSUES"]}`: what `mypermissions` denies from now on.
  private func lack(_ request: Request) async throws -> Response {
    let keys = (try await request.json())?["lacking"]?.arrayValue ?? []
    sandbox.lackingPermissions = Set(keys.compactMap(\.stringValue))
    return .noContent
  }

  /// `{"scopes":["read:jira-work"]}`: of the tokens that have scopes.
  private func setScopes(_ request: Request) async throws -> Response {
    let scopes = (try await request.json())?["scopes"]?.arrayValue ?? []
    sandbox.scopes = Set(scopes.compactMap(\.stringValue))
    return .noContent
  }
}
