import HTTPServer
import RESTClient
import HTTPTypes

struct JiraOrganizationRoutes: Sendable {
  let store: JiraOrganizationStore
  let connectionTest: JiraConnectionTest
  let syncRuns: SyncRunService
  let secrets: SecretBox
  let policy: VendorHostPolicy

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/jira-organizations", .read, list)
    routes.on(.post, "/jira-organizations", .admin, create)
    routes.on(.get, "/jira-organizations/{id}", .read, get)
    routes.on(.patch, "/jira-organizations/{id}", .admin, update)
    routes.on(.delete, "/jira-organizations/{id}", .admin, delete)
    routes.on(.post, "/jira-organizations/{id}/connection-tests", .write, testConnection)
    routes.on(.post, "/jira-organizations/{id}/sync-runs", .write, sync)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: JiraOrganizationStore.sorts)
    try query.finish()
    return .page(try await store.page(page), of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    _ = body.required("name")
    _ = body.required("base_url", 1...500)
    _ = body.required("username", 1...320)
    let fields = try read(&body)
    try body.finish()
    let id = try await store.insert(fields)
    return try await answer(id, status: .created, location: "/api/v1/jira-organizations/\(id)")
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return try await answer(try call.id())
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let fields = try read(&body)
    body.refuseClearing(
      "name", "base_url", "username", "api_token", "sync_enabled", "sync_interval_minutes")
    try body.finish()
    guard try await store.update(id, fields, call.precondition) else {
      throw Problem.notFound("Jira organization \(id)")
    }
    return try await answer(id)
  }

  private func delete(_ call: Call) async throws -> Response {
    let id = try call.id()
    guard try await store.delete(id, call.precondition) else {
      throw Problem.notFound("Jira organization \(id)")
    }
    return .noContent
  }

  private func testConnection(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return .json(try await connectionTest.run(organization).json)
  }

  private func sync(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return try await call.startSync(.jira(organization.id), syncRuns)
  }

  private func answer(
    _ id: Int64, status: HTTPResponse.Status = .ok, location: String? = nil
  ) async throws -> Response {
    .resource(
      try await json(id), apart: "rate_budget", try await store.rateBudget(id), status: status,
      location: location)
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else {
      throw Problem.notFound("Jira organization \(id)")
    }
    return json
  }

  private func read(_ body: inout BodyFields) throws -> JiraOrganizationFields {
    JiraOrganizationFields(
      name: body.text("name"), baseURL: body.vendorURL("base_url", policy),
      username: body.text("username", 1...320),
      apiTokenSealed: try body.secret("api_token", secrets, place: JiraClients.tokenPlace),
      webhookSecretSealed: try body.secret(
        "webhook_secret", secrets, place: JiraClients.webhookSecretPlace, allowsBlanks: true),
      syncEnabled: body.flag("sync_enabled"),
      syncIntervalMinutes: body.integer("sync_interval_minutes", 1...10_080),
      cleared: body.cleared)
  }
}
