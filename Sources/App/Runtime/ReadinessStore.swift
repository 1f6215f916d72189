import Foundation
import Postgres

/// Whether the database answers and has every migration.
struct ReadinessStore: Sendable {
  let pool: PostgresPool
  let migrations: URL

  /// - Returns: why not; nil: it is ready.
  func obstacle() async throws -> String? {
    do {
      let pending = try await Migrator(directory: migrations).status(pool.configuration)
        .count { $0.state == .pending }
      return pending == 0 ? nil : "\(pending) migrations are pending; run: issuebridge migrate"
    } catch let error as MigrationError {
      return error.description
    } catch is PostgresError {
      return "The database cannot be reached."
    }
  }
}
