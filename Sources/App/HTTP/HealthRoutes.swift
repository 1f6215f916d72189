import HTTPServer
import Postgres
import RESTClient
import HTTPTypes

/// Whether the process lives, and whether it can work.
struct HealthRoutes: Sendable {
  let pool: PostgresPool
  let configuration: Configuration

  func register(in routes: inout RouteTable) {
    routes.open(.get, "/healthz") { _ in .json(.object(["status": .string("ok")])) }
    routes.open(.get, "/readyz", ready)
  }

  /// Ready: the database answers and has every migration.
  private func ready(_ request: Request) async throws -> Response {
    do {
      let pending = try await Migrator(directory: configuration.migrationsDirectory)
        .status(pool.configuration)
        .filter { $0.state == .pending }
      guard pending.isEmpty else {
        return Self.unready("\(pending.count) migrations are pending; run: issuebridge migrate")
      }
      return .json(.object(["status": .string("ready")]))
    } catch let error as MigrationError {
      return Self.unready(error.description)
    } catch is PostgresError {
      return Self.unready("The database cannot be reached.")
    }
  }

  private static func unready(_ detail: String) -> Response {
    .json(
      .object(["status": .string("unready"), "detail": .string(detail)]),
      status: .serviceUnavailable)
  }
}
