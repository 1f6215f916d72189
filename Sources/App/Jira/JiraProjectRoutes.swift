import HTTPServer
import JiraClient
import RESTClient
import HTTPTypes

struct JiraProjectRoutes: Sendable {
  let store: JiraProjectStore
  let organizations: OrganizationStore
  let clients: JiraClients
  let metadata: CreateMetadata
  let defaults: ProjectDefaults

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/jira-projects", .read, list)
    routes.on(.get, "/jira-projects/{id}", .read, get)
    routes.on(.patch, "/jira-projects/{id}", .write, update)
    routes.on(.get, "/jira-projects/{id}/create-metadata", .read, createMetadata)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: JiraProjectStore.sorts)
    let organizationID = try query.id("jira_organization_id")
    let productID = try query.id("product_id")
    let unassigned = try query.flag("unassigned")
    let q = try query.search()
    try query.finish()
    return .page(
      try await store.page(
        page, organizationID: organizationID, productID: productID, unassigned: unassigned, q: q),
      of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    var fields = JiraProjectFields(
      productID: body.id("product_id"), syncEnabled: body.flag("sync_enabled"),
      maxIssues: body.integer("max_issues", 1...10_000_000),
      defaultIssueType: body.text("default_issue_type"),
      defaultPriority: body.text("default_priority"), cleared: body.cleared)
    body.refuseClearing("sync_enabled")
    try body.finish()
    try await defaults.resolve(&fields, project: id)
    guard try await store.update(id, fields, call.precondition) else {
      throw Problem.notFound("Jira project \(id)")
    }
    return .json(try await json(id))
  }

  private func createMetadata(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let project = try await store.project(try call.id())
    let organization = try await organizations.organization(project.organizationID)
    let client = try clients.client(of: organization)
    let types = try await asking(.jira) {
      try await metadata.readAll(of: project, client)
    }
    return .json(types.json(of: project))
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else { throw Problem.notFound("Jira project \(id)") }
    return json
  }
}
