import Foundation
import Logging
import Postgres

/// A job to be enqueued again and again.
package struct PeriodicJob: Sendable {
  package let name: String
  package let interval: Duration
  let enqueue: @Sendable (JobStore, Connection) throws -> Void

  /// The first run is due at once. A run is left out while the one before it waits or runs.
  ///
  /// - Parameter name: unique among periodic jobs, at most 100 characters; kept across releases.
  package init<Arguments: JobKind>(
    _ name: String, every interval: Duration, options: JobOptions = JobOptions(),
    arguments: @escaping @Sendable () -> Arguments
  ) {
    self.name = name
    self.interval = interval
    var options = options
    options.uniqueKey = options.uniqueKey ?? "periodic:\(name)"
    enqueue = { [options] store, connection in
      try store.enqueue(arguments(), on: connection, options: options)
    }
  }
}

/// Enqueues periodic jobs. Every process has one; at each look a transaction's advisory lock picks
/// the one that does it, so no leader is held on to and none must be found dead.
struct Scheduler: Sendable {
  /// Any number that no other advisory lock of the service uses.
  private static let lockKey: Int64 = 0x4a6f_6253_6368_6564
  /// Looks at least so often: another process may have been the one to note the next run.
  private static let longestPause: Duration = .seconds(15)

  private let pool: PostgresPool
  private let jobs: [PeriodicJob]
  private let logger: Logger

  init(pool: PostgresPool, jobs: [PeriodicJob], logger: Logger) {
    self.pool = pool
    self.jobs = jobs
    self.logger = logger
  }

  private static let lock: Statement = "select pg_try_advisory_xact_lock($1)"
  /// Runs that were missed are made up for once, not one by one; a shorter interval holds at once. By the
  /// time of the statement: a transaction that began before another's turn would take that turn's next
  /// run for one too far away.
  static let takeTurn: Statement = """
    insert into job_schedules as schedule (name, next_run_at)
    values ($1, statement_timestamp() + make_interval(secs => $2))
    on conflict (name) do update set next_run_at = excluded.next_run_at
      where schedule.next_run_at <= statement_timestamp()
        or schedule.next_run_at > excluded.next_run_at
    returning name
    """
  private static let wait: Statement = """
    select extract(epoch from min(next_run_at) - now())::float8 from job_schedules
    where name = any($1)
    """

  func run() async {
    guard !jobs.isEmpty else { return }
    while !Task.isCancelled {
      var pause = Duration.seconds(1)
      do {
        try await look()
        pause = try await pauseBeforeNext()
      } catch is CancellationError {
        return
      } catch {
        logger.warning("jobs.schedule.failed", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: pause)
    }
  }

  /// Enqueues what is due, unless another process is just doing that.
  func look() async throws {
    let jobs = jobs
    try await pool.transaction { connection in
      guard try connection.query(Self.lock, Self.lockKey).first?.bool(0) == true else { return }
      for job in jobs {
        let turn = try connection.query(Self.takeTurn, job.name, job.interval / .seconds(1))
        if !turn.isEmpty { try job.enqueue(JobStore(), connection) }
      }
    }
  }

  private func pauseBeforeNext() async throws -> Duration {
    let seconds = try await pool.read(Self.wait, jobs.map(\.name)).first?.doubleOrNil(0) ?? 1
    return min(Self.longestPause, .seconds(max(0.05, seconds)))
  }
}
