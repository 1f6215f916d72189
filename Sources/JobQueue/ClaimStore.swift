import Postgres

/// The queue's rows, as workers see them.
///
/// Every change of a running job asks for its worker and attempt, so that one who lost a job to the
/// rescuer cannot settle it.
struct ClaimStore: Sendable {
  let pool: PostgresPool
  let worker: String

  private static let promote: Statement = """
    update jobs set state = 'available'
    where id in (
      select id from jobs where state in ('scheduled', 'retryable') and scheduled_at <= now()
      order by scheduled_at limit 1000 for update skip locked)
    """

  /// Jobs whose time has come become available.
  func promoteDue() async throws { try await pool.query(Self.promote) }

  private static let claim = Statement(
    """
    update jobs set state = 'running', attempt = attempt + 1, worker = $1, attempted_at = now(),
      heartbeat_at = now()
    from (
      select id from jobs where state = 'available' and kind = any($2)
      order by priority, scheduled_at, id limit $3 for update skip locked) claimed
    where jobs.id = claimed.id
    returning \(Job.columns)
    """)

  /// Takes up to `limit` available jobs, the most urgent first.
  func claim(kinds: [String], limit: Int) async throws -> [Job] {
    try await pool.query(Self.claim, worker, kinds, limit).map(Job.init)
      .sorted { ($0.priority, $0.scheduledAt, $0.id) < ($1.priority, $1.scheduledAt, $1.id) }
  }

  private static let heartbeat: Statement = """
    update jobs set heartbeat_at = now() where worker = $1 and state = 'running' and id = any($2)
    returning id, cancel_requested_at is not null as cancel_requested
    """

  /// Writes how an attempt ended.
  ///
  /// - Returns: `false` when the job was no longer ours.
  func settle(_ job: Job, as settlement: Settlement) async throws -> Bool {
    let worker = worker
    return try await pool.transaction(timeout: .seconds(10)) { connection in
      try settlement.write(job, worker: worker, on: connection)
    }
  }

  /// Says that `ids` are still being worked on.
  ///
  /// - Returns: those that are still ours, and whether someone wants them cancelled.
  func heartbeat(_ ids: [Int64]) async throws -> [Int64: Bool] {
    let rows = try await pool.query(Self.heartbeat, worker, ids, timeout: .seconds(5))
    var cancelled: [Int64: Bool] = [:]
    for row in rows { cancelled[try row.int64("id")] = try row.bool("cancel_requested") }
    return cancelled
  }
}
