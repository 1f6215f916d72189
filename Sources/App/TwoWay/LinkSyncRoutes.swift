import HTTPServer
import HTTPTypes
import RESTClient

/// Comparing a link now, and what happened to it up to now.
struct LinkSyncRoutes: Sendable {
  /// How long a request waits for a comparison under way.
  static let patience: Duration = .seconds(10)

  let links: LinkStore
  let linkSync: LinkSync

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/links/{id}/sync", .write, sync)
    routes.on(.get, "/links/{id}/events", .read, events)
  }

  private func sync(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.optionalFields()
    let follows = body.oneOf("follow", LinkSource.allCases.map(\.rawValue))
      .flatMap(LinkSource.init)
    try body.finish()
    let outcome = try await syncWhenFree(id, follows)
    guard case .object(var object) = outcome.json, let link = try await links.find(id) else {
      throw Problem.notFound("link \(id)")
    }
    object["link"] = try JSONValue(parsing: link)
    return .json(.object(object))
  }

  private func syncWhenFree(_ id: Int64, _ follows: LinkSource?) async throws -> LinkSyncOutcome {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      do {
        return try await linkSync.sync(id, cause: "sync requested", follows: follows)
      } catch is LinkSync.Busy {
        guard .now < deadline else {
          throw Problem.conflict(
            "link-busy", "Link \(id) is being compared already; try again in a moment.")
        }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private func events(_ call: Call) async throws -> Response {
    let id = try call.id()
    var query = try call.query()
    let page = try query.page(sorts: LinkStore.eventSorts, descending: true)
    let outcome = try query.oneOf("outcome", ["applied", "nothing", "failed"])
    try query.finish()
    _ = try await links.link(id)
    return .page(try await links.events(of: id, page, outcome: outcome), of: call.request)
  }
}
