import HTTPServer
import HTTPTypes

struct SentryIssueRoutes: Sendable {
  let store: SentryIssueStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sentry-issues", .read, list)
    routes.on(.get, "/sentry-issues/{id}", .read, get)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SentryIssueStore.sorts, descending: true)
    let filters = SentryIssueStore.Filters(
      projectID: try query.id("sentry_project_id"),
      organizationID: try query.id("sentry_organization_id"),
      productID: try query.id("product_id"),
      status: try query.oneOf("status", SentryIssueRecord.statuses),
      level: try query.oneOf("level", SentryIssueRecord.levels), q: try query.text("q"),
      linked: try query.flag("linked"), lastSeenSince: try query.date("last_seen_since"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    guard let json = try await store.find(id) else { throw Problem.notFound("Sentry issue \(id)") }
    return .json(json)
  }
}
