import HTTPServer
import HTTPTypes

struct AuditRoutes: Sendable {
  let store: AuditStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/audit-events", .admin, list)
    routes.on(.get, "/audit-events/{id}", .admin, get)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: AuditStore.sorts, descending: true)
    let filters = AuditStore.Filters(
      actor: try query.text("actor"),
      cause: try query.oneOf(
        "cause", ["api", "console", "cli", "webhook", "schedule", "job", "system"]),
      action: try query.oneOf("action", ["created", "updated", "deleted"]),
      resourceType: try query.text("resource_type"), resourceID: try query.id("resource_id"),
      since: try query.date("occurred_since"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    guard let json = try await store.find(id) else { throw Problem.notFound("audit event \(id)") }
    return .json(json)
  }
}
