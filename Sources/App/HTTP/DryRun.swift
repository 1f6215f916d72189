import Postgres

extension PostgresPool {
  /// Runs `body` in a transaction; a dry run answers what it would have changed and takes it back.
  func dryRunnable<T: Sendable>(
    _ dryRun: Bool, _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    // Signed where somebody acts: what is stored may have consequences, which name their cause.
    guard dryRun else {
      return Actor.current.cause == .system
        ? try await transaction(body) : try await change(body)
    }
    do {
      return try await transaction { connection -> T in
        throw TakenBack(result: try body(connection))
      }
    } catch let undone as TakenBack<T> {
      return undone.result
    }
  }
}

/// Carries a result out of a transaction that is rolled back on purpose.
private struct TakenBack<T: Sendable>: Error { var result: T }
