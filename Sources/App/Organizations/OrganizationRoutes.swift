import HTTPServer
import HTTPTypes
import RESTClient

/// The organizations of one vendor.
struct OrganizationRoutes: Sendable {
  let service: OrganizationService
  let connectionTest: any ConnectionTest
  let syncRuns: SyncRunService
  let secrets: SecretBox
  let policy: VendorHostPolicy

  private var store: OrganizationStore { service.store }
  private var vendor: Vendor { store.vendor }
  private var path: String { "/\(vendor.rawValue)-organizations" }
  private var accountLength: ClosedRange<Int> { 1...(vendor == .jira ? 320 : 100) }

  func register(in routes: inout RouteTable) {
    routes.on(.get, path, .read, list)
    routes.on(.post, path, .admin, create)
    routes.on(.get, path + "/{id}", .read, get)
    routes.on(.patch, path + "/{id}", .admin, update)
    routes.on(.delete, path + "/{id}", .admin, delete)
    routes.on(.post, path + "/{id}/connection-tests", .write, testConnection)
    routes.on(.post, path + "/{id}/sync-runs", .write, sync)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: OrganizationStore.sorts)
    try query.finish()
    return .page(try await store.page(page), of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let fields = try read(&body)
    body.require("name", "base_url")
    if vendor == .sentry || fields.baseURL == nil { body.require(vendor.accountField) }
    try body.finish()
    try OrganizationService.check(vendor, account: fields.account, at: fields.baseURL ?? "")
    let id = try await store.insert(fields)
    return try await answer(id, status: .created, location: "/api/v1\(path)/\(id)")
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
      "name", "base_url", vendor.tokenField, "sync_enabled", "sync_interval_minutes",
      "link_discovery")
    if vendor == .sentry { body.refuseClearing(vendor.accountField, "history_days") }
    try body.finish()
    try await service.update(id, fields, call.precondition)
    return try await answer(id)
  }

  private func delete(_ call: Call) async throws -> Response {
    try await store.delete(try call.id(), call.precondition)
    return .noContent
  }

  private func testConnection(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return .json(try await connectionTest.run(organization).json)
  }

  private func sync(_ call: Call) async throws -> Response {
    let organization = try await store.organization(try call.id())
    return try await call.startSync(organization.source, syncRuns)
  }

  private func answer(
    _ id: Int64, status: HTTPResponse.Status = .ok, location: String? = nil
  ) async throws -> Response {
    .resource(
      try await store.json(id), apart: "rate_budget", try await store.rateBudget(id),
      status: status, location: location)
  }

  private func read(_ body: inout BodyFields) throws -> OrganizationFields {
    let account = body.text(vendor.accountField, accountLength, isPasted: true)
    if vendor == .jira, account?.contains(":") == true {
      body.refuse(vendor.accountField, "Must not contain a colon.")
    }
    return OrganizationFields(
      name: body.text("name"), baseURL: body.vendorURL("base_url", vendor, policy),
      account: account,
      tokenSealed: try body.secret(
        vendor.tokenField, secrets, place: vendor.place(of: vendor.tokenField)),
      secretSealed: try body.secret(
        vendor.secretField, secrets, place: vendor.place(of: vendor.secretField),
        allowsBlanks: vendor == .jira),
      syncEnabled: body.flag("sync_enabled"),
      syncIntervalMinutes: body.integer("sync_interval_minutes", 1...10_080),
      linkDiscovery: body.oneOf("link_discovery", LinkDiscoveryMode.names),
      historyDays: vendor == .sentry ? body.integer("history_days", 1...3650) : nil,
      cleared: body.cleared)
  }
}
