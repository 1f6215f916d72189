import HTTPServer
import RESTClient
import HTTPTypes

struct SentryOrganizationRoutes: Sendable {
  let store: SentryOrganizationStore
  let connectionTest: SentryConnectionTest
  let syncRuns: SyncRunService
  let secrets: SecretBox
  let policy: VendorHostPolicy

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sentry-organizations", .read, list)
    routes.on(.post, "/sentry-organizations", .admin, create)
    routes.on(.get, "/sentry-organizations/{id}", .read, get)
    routes.on(.patch, "/sentry-organizations/{id}", .admin, update)
    routes.on(.delete, "/sentry-organizations/{id}", .admin, delete)
    routes.on(.post, "/sentry-organizations/{id}/connection-tests", .write, testConnection)
    routes.on(.post, "/sentry-organizations/{id}/sync-runs", .write, sync)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SentryOrganizationStore.sorts)
    try query.finish()
    return .page(try await store.page(page), of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    _ = body.required("name")
    _ = body.required("slug", 1...100)
    _ = body.required("base_url", 1...500)
    let fields = try read(&body)
    try body.finish()
    let id = try await store.insert(fields)
    return try await answer(id, status: .created, location: "/api/v1/sentry-organizations/\(id)")
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
      "name", "slug", "base_url", "auth_token", "sync_enabled", "sync_interval_minutes")
    try body.finish()
    guard try await store.update(id, fields, call.precondition) else {
      throw Problem.notFound("Sentry organization \(id)")
    }
    return try await answer(id)
  }

  private func delete(_ call: Call) async throws -> Response {
    let id = try call.id()
    guard try await store.delete(id, call.precondition) else {
      throw Problem.notFound("Sentry organization \(id)")
    }
    return .noContent
  }

  private func testConnection(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return .json(try await connectionTest.run(organization).json)
  }

  private func sync(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return try await call.startSync(.sentry(organization.id), syncRuns)
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
      throw Problem.notFound("Sentry organization \(id)")
    }
    return json
  }

  private func read(_ body: inout BodyFields) throws -> SentryOrganizationFields {
    SentryOrganizationFields(
      name: body.text("name"), slug: body.text("slug", 1...100),
      baseURL: body.vendorURL("base_url", policy),
      authTokenSealed: try body.secret("auth_token", secrets, place: SentryClients.tokenPlace),
      clientSecretSealed: try body.secret(
        "client_secret", secrets, place: SentryClients.clientSecretPlace),
      syncEnabled: body.flag("sync_enabled"),
      syncIntervalMinutes: body.integer("sync_interval_minutes", 1...10_080),
      cleared: body.cleared)
  }
}
