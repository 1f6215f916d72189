import Foundation
import HTTPServer
import HTTPTypes
import Logging

/// The metrics page. A scraper on the same machine needs no token.
struct MetricsRoutes: Sendable {
  let metrics: PrometheusMetrics
  let store: MetricsStore
  let pool: PoolMetrics
  let authenticator: Authenticator

  func register(in routes: inout RouteTable) { routes.open(.get, "/metrics", show) }

  private func show(_ request: Request) async throws -> Response {
    if !Self.isLocal(request) {
      let principal = try await authenticator.authenticate(request)
      guard principal.scope >= .read else {
        throw Problem.forbidden("This needs the scope 'read'.")
      }
    }
    pool.note(in: metrics)
    ProcessMetrics.note(in: metrics)
    var text = metrics.text
    do {
      text += try await store.collect()
      text += "# TYPE issuebridge_database_up gauge\nissuebridge_database_up 1\n"
    } catch {
      // The process's own metrics matter most when the database is away.
      text += "# TYPE issuebridge_database_up gauge\nissuebridge_database_up 0\n"
    }
    return Response(
      headerFields: [
        .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
      ], body: .bytes(Array(text.utf8)))
  }

  /// From this machine, and not by way of a proxy on it.
  private static func isLocal(_ request: Request) -> Bool {
    let host = request.remoteAddress.host
    let isLoopback = host.hasPrefix("127.") || host == "::1" || host.hasPrefix("::ffff:127.")
    let proxied = ["X-Forwarded-For", "Forwarded", "Via"].contains { name in
      HTTPField.Name(name).map { request.headerFields[$0] != nil } ?? false
    }
    return isLoopback && !proxied
  }
}
