import HTTPServer
import HTTPTypes

struct SyncRunRoutes: Sendable {
  let store: SyncRunStore
  let service: SyncRunService
  let feed: SyncRunFeed
  let authenticator: Authenticator
  let streams = StreamSlots()

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/sync-runs", .read, list)
    routes.on(.get, "/sync-runs/{id}", .read, get)
    routes.on(.get, "/sync-runs/{id}/events", .read, follow)
    routes.on(.post, "/sync-runs/{id}/cancellations", .write, cancel)
    routes.on(.post, "/sync-runs/{id}/confirmations", .write, confirm)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: SyncRunStore.sorts, descending: true)
    let filters = SyncRunStore.Filters(
      source: try query.oneOf("source", ["jira", "sentry", "links"]),
      status: try query.oneOf(
        "status",
        [
          "queued", "running", "succeeded", "partial", "failed", "cancelled", "needs_confirmation",
        ]),
      mode: try query.oneOf("mode", ["incremental", "full"]),
      organizationID: try query.id("organization_id"))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await service.json(try call.id()))
  }

  private func cancel(_ call: Call) async throws -> Response {
    let id = try call.id()
    try await service.cancel(id)
    return .json(try await service.json(id), status: .accepted, location: "/api/v1/sync-runs/\(id)")
  }

  private func confirm(_ call: Call) async throws -> Response {
    let id = try call.id()
    try await service.confirm(id)
    return .json(try await service.json(id), status: .accepted, location: "/api/v1/sync-runs/\(id)")
  }

  /// The run as server-sent events (WHATWG HTML, section 9.2): `progress` at each change, `end` last.
  private func follow(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    _ = try await service.json(id)
    let slot = try streams.take(for: call.principal)
    let (feed, service, authenticator) = (feed, service, authenticator)
    return Response(
      headerFields: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: .stream(contentLength: nil) { writer in
        defer { withExtendedLifetime(slot) {} }
        for await _ in feed.changes(of: id) {
          // Changes come at least every few seconds, so a revoked token is noticed as soon.
          guard (try? await authenticator.authenticate(call.request)) != nil else { return }
          let run = try await service.json(id)
          let hasEnded = try SyncRunState(json: run).hasEnded
          try await writer.write(
            Array("event: \(hasEnded ? "end" : "progress")\ndata: ".utf8) + run + [10, 10])
          if hasEnded || writer.isServerStopping { return }
        }
      })
  }
}
