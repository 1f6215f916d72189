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
  let attempts: FailedAttempts

  func register(in routes: inout RouteTable) { routes.open(.get, "/metrics", show) }

  private func show(_ request: Request) async throws -> Response {
    if !Self.isLocal(request) {
      let principal = try await attempts.limiting(request) {
        try await authenticator.authenticate(request)
      }
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

  /// Header fields by which a proxy says that it forwards a request.
  private static let forwarding = [
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
  ]

  /// From this machine, by a name of this machine (so that no page in a browser can read it through a
  /// host name that was pointed here), and not by way of a proxy on it.
  static func isLocal(_ request: Request) -> Bool {
    func field(_ name: String) -> String? {
      HTTPField.Name(name).flatMap { request.headerFields[$0] }
    }
    guard isLoopback(request.remoteAddress.host), forwarding.allSatisfy({ field($0) == nil }),
      let host = field("Host")
    else { return false }
    var name = Substring(host)
    if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
      name = name[name.index(after: name.startIndex)..<end]
    } else if let colon = name.lastIndex(of: ":") {
      name = name[..<colon]
    }
    return name.lowercased() == "localhost" || isLoopback(name)
  }

  private static func isLoopback(_ host: some StringProtocol) -> Bool {
    guard let bytes = IPAddress(host)?.bytes else { return false }
    return bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
  }
}
