import HTTPServer
import HTTPTypes

struct JiraIssueRoutes: Sendable {
  let store: JiraIssueStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/jira-issues", .read, list)
    routes.on(.get, "/jira-issues/{id}", .read, get)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: JiraIssueStore.sorts, descending: true)
    let filters = JiraIssueStore.Filters(
      projectID: try query.id("jira_project_id"),
      organizationID: try query.id("jira_organization_id"), productID: try query.id("product_id"),
      status: try query.text("status"),
      statusCategory: try query.oneOf("status_category", ["new", "indeterminate", "done"]),
      priority: try query.text("priority"), issueType: try query.text("issue_type"),
      assigneeAccountID: try query.text("assignee_account_id"), label: try query.text("label"),
      q: try query.search(), key: try query.text("key"), linked: try query.flag("linked"),
      updatedSince: try query.date("updated_since"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    guard let json = try await store.find(id) else { throw Problem.notFound("Jira issue \(id)") }
    return .json(json)
  }
}
