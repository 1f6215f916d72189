import HTTPServer
import HTTPTypes

/// What the vendors' webhooks delivered, and what became of it.
struct DeliveryRoutes: Sendable {
  let store: DeliveryStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/webhook-deliveries", .read, list)
    routes.on(.get, "/webhook-deliveries/{id}", .read, get)
    routes.on(.post, "/webhook-deliveries/{id}/replays", .write, replay)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: DeliveryStore.sorts, descending: true)
    let filters = DeliveryStore.Filters(
      source: try query.oneOf("source", WebhookSource.allCases.map(\.rawValue)),
      state: try query.oneOf("state", ["pending", "processed", "ignored", "failed"]),
      event: try query.text("event"), organizationID: try query.id("organization_id"),
      since: try query.date("received_since"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func replay(_ call: Call) async throws -> Response {
    let id = try call.id()
    let body = try await call.optionalFields()
    try body.finish()
    guard try await store.replay(id) else {
      _ = try await json(id)
      throw Problem.conflict(
        "not-replayable", "Webhook delivery \(id) has no body that could be processed again.")
    }
    return .json(
      try await json(id), status: .accepted, location: "/api/v1/webhook-deliveries/\(id)")
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else {
      throw Problem.notFound("webhook delivery \(id)")
    }
    return json
  }
}
