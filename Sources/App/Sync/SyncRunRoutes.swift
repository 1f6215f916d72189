import HTTPServer
import HTTPTypes

struct SyncRunRoutes: Sendable {
  let store: SyncRunStore
  let service: SyncRunService

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sync-runs", .read, list)
    routes.on(.get, "/sync-runs/{id}", .read, get)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SyncRunStore.sorts, descending: true)
    let filters = SyncRunStore.Filters(
      source: try query.oneOf("source", ["jira", "sentry", "links"]),
      status: try query.oneOf(
        "status", ["queued", "running", "succeeded", "partial", "failed", "cancelled"]),
      mode: try query.oneOf("mode", ["incremental", "full"]),
      organizationID: try query.id("organization_id"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await service.json(try call.id()))
  }
}
