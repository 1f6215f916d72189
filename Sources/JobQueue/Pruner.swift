import Logging
import Postgres

/// Deletes jobs that ended long ago.
struct Pruner: Sendable {
  /// Rows a statement, so that no statement takes long.
  private static let batch = 5000

  private let pool: PostgresPool
  private let configuration: WorkerConfiguration

  init(_ pool: PostgresPool, _ configuration: WorkerConfiguration) {
    self.pool = pool
    self.configuration = configuration
  }

  private static let prune: Statement = """
    delete from jobs where id in (
      select id from jobs where state = $1 and finalized_at < now() - make_interval(secs => $2)
      order by finalized_at limit $3 for update skip locked)
    """

  func run() async {
    while !Task.isCancelled {
      do {
        try await prune()
      } catch is CancellationError {
        return
      } catch {
        configuration.logger.warning("jobs.prune.failed", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: configuration.retention.pruneInterval)
    }
  }

  /// - Returns: how many jobs were deleted.
  @discardableResult
  func prune() async throws -> Int {
    let retention = configuration.retention
    let ages: [(Job.State, Duration)] = [
      (.completed, retention.completed), (.cancelled, retention.cancelled),
      (.discarded, retention.discarded),
    ]
    var total = 0
    for (state, age) in ages {
      var deleted = Self.batch
      while deleted == Self.batch {
        deleted = try await pool.query(
          Self.prune, state.rawValue, age / .seconds(1), Self.batch
        ).affected
        total += deleted
      }
    }
    return total
  }
}
