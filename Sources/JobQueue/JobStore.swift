import Foundation
package import Postgres

/// The queue's rows, as those who enqueue and look after jobs see them.
package struct JobStore: Sendable {
  /// Workers listen here; the payload is empty.
  package static let channel = "issuebridge_jobs"

  package init() {}

  private static let insert: Statement = """
    insert into jobs
      (kind, arguments, state, priority, max_attempts, scheduled_at, unique_key, unique_until)
    select $1, $2::text::jsonb,
      case when coalesce($3, now()) > now() then 'scheduled' else 'available' end,
      $4, $5, coalesce($3, now()), $6::text, $7
    on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
      or (state = 'running' and unique_until = 'finished') do nothing
    returning id
    """

  /// Writes a job in the caller's transaction: it exists if and only if that commits.
  ///
  /// - Returns: the job's id; `nil` when a live job has the unique key.
  @discardableResult
  package func enqueue<Arguments: JobKind>(
    _ arguments: Arguments, on connection: Connection, options: JobOptions = JobOptions()
  ) throws -> Int64? {
    let json = String(decoding: try JSONEncoder().encode(arguments), as: UTF8.self)
    let row = try connection.query(
      Self.insert, Arguments.kind, json, options.scheduledAt, options.priority,
      options.maxAttempts, options.uniqueKey, options.uniqueUntil.rawValue
    ).first
    guard let row else { return nil }
    if options.notifies { try connection.notify(channel: Self.channel) }
    return try row.int64(0)
  }

  /// In a transaction of its own.
  @discardableResult
  package func enqueue<Arguments: JobKind>(
    _ arguments: Arguments, in pool: PostgresPool, options: JobOptions = JobOptions()
  ) async throws -> Int64? {
    try await pool.transaction { try enqueue(arguments, on: $0, options: options) }
  }

  /// Wakes the workers of every process. Lost wakes are covered by polling.
  package func wake(in pool: PostgresPool) async throws {
    try await pool.query("select pg_notify($1, '')", Self.channel)
  }

  private static let find = Statement("select \(Job.columns) from jobs where id = $1")

  package func find(_ id: Int64, in pool: PostgresPool) async throws -> Job? {
    try await pool.read(Self.find, id).first.map(Job.init)
  }

  private static let cancel: Statement = """
    update jobs set cancel_requested_at = now(),
      state = case when state = 'running' then state else 'cancelled' end,
      finalized_at = case when state = 'running' then null else now() end
    where id = $1 and state in ('available', 'scheduled', 'retryable', 'running')
    returning id
    """

  /// A waiting job is cancelled at once, a running one at its worker's next heartbeat.
  ///
  /// - Returns: `false` when there is no such job or it has ended.
  package func cancel(_ id: Int64, on connection: Connection) throws -> Bool {
    try !connection.query(Self.cancel, id).isEmpty
  }

  private static let retry: Statement = """
    update jobs set state = 'available', scheduled_at = now(), finalized_at = null,
      cancel_requested_at = null, max_attempts = least(1000, greatest(max_attempts, attempt + 1))
    where id = $1 and state in ('scheduled', 'retryable', 'completed', 'cancelled', 'discarded')
    returning id
    """

  /// Makes a job that waits or has ended available now, with at least one more attempt.
  ///
  /// - Returns: `false` when there is no such job, or it runs or is available already.
  /// - Throws: a unique violation of `jobs_unique_key` when another live job has its key.
  package func retry(_ id: Int64, on connection: Connection) throws -> Bool {
    guard try !connection.query(Self.retry, id).isEmpty else { return false }
    try connection.notify(channel: Self.channel)
    return true
  }
}
