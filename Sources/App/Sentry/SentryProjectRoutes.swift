import HTTPServer
import HTTPTypes

struct SentryProjectRoutes: Sendable {
  let store: SentryProjectStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sentry-projects", .read, list)
    routes.on(.get, "/sentry-projects/{id}", .read, get)
    routes.on(.patch, "/sentry-projects/{id}", .write, update)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SentryProjectStore.sorts)
    let organizationID = try query.id("sentry_organization_id")
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
    let fields = SentryProjectFields(
      productID: body.id("product_id"), syncEnabled: body.flag("sync_enabled"),
      maxIssues: body.integer("max_issues", 1...10_000_000), cleared: body.cleared)
    body.refuseClearing("sync_enabled")
    try body.finish()
    guard try await store.update(id, fields, call.precondition) else {
      throw Problem.notFound("Sentry project \(id)")
    }
    return .json(try await json(id))
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else {
      throw Problem.notFound("Sentry project \(id)")
    }
    return json
  }
}
