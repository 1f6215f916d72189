import Postgres
import TestSupport

/// One database for all cases that change nothing.
enum SharedDatabase {
  private static let made = Task { try await TestDatabase.make() }

  static var pool: PostgresPool {
    get async throws { try await made.value.pool }
  }
}
