import HTTPServer
import HTTPTypes
import RESTClient

/// Whether the process lives, and whether it can work.
struct HealthRoutes: Sendable {
  /// Served also when the server has no capacity for anything else.
  static let paths: Set<String> = ["/healthz", "/readyz"]

  let readiness: ReadinessStore

  func register(in routes: inout RouteTable) {
    routes.open(.get, "/healthz") { _ in .json(["status": "ok"]) }
    routes.open(.get, "/readyz", ready)
  }

  private func ready(_ request: Request) async throws -> Response {
    guard let obstacle = try await readiness.obstacle() else { return .json(["status": "ready"]) }
    return .json(
      ["status": "unready", "detail": .string(obstacle)], status: .serviceUnavailable)
  }
}
