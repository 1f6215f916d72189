import HTTPServer
import HTTPTypes
import SentryClient

struct SentryIssueRoutes: Sendable {
  let store: SentryIssueStore
  let service: SentryIssueService

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sentry-issues", .read, list)
    routes.on(.get, "/sentry-issues/{id}", .read, get)
    routes.on(.patch, "/sentry-issues/{id}", .write, update)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SentryIssueStore.sorts, descending: true)
    let filters = SentryIssueStore.Filters(
      projectID: try query.id("sentry_project_id"),
      organizationID: try query.id("sentry_organization_id"),
      productID: try query.id("product_id"),
      status: try query.oneOf("status", SentryIssueRecord.statuses),
      level: try query.oneOf("level", SentryIssueRecord.levels), q: try query.search(),
      linked: try query.flag("linked"), lastSeenSince: try query.date("last_seen_since"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let status = body.oneOf("status", SentryIssueRecord.statuses)
      .flatMap(SentryIssueUpdate.Status.init)
    body.refuseClearing("status")
    try body.finish()
    if let status {
      try await blaming(.member("status")) {
        try await service.update(id, status, call.precondition)
      }
    }
    return .json(try await json(id))
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else { throw Problem.notFound("Sentry issue \(id)") }
    return json
  }
}
