import Logging
import Postgres

/// Gives the jobs of dead workers to others.
struct Rescuer: Sendable {
  private let pool: PostgresPool
  private let configuration: WorkerConfiguration

  init(_ pool: PostgresPool, _ configuration: WorkerConfiguration) {
    self.pool = pool
    self.configuration = configuration
  }

  /// One job a statement: two whose unique keys are the same must not fail each other. While the
  /// server was down nobody could beat, so silence counts from its start.
  private static let rescue: Statement = """
    with silent as (
      select id, attempt >= max_attempts as is_last, cancel_requested_at is not null as is_cancelled,
        exists (select from jobs other where other.unique_key = jobs.unique_key
          and other.id <> jobs.id and other.state in ('available', 'scheduled', 'retryable'))
          as is_superseded
      from jobs
      where state = 'running'
        and greatest(heartbeat_at, pg_postmaster_start_time()) < now() - make_interval(secs => $1)
      order by heartbeat_at limit 1 for update skip locked),
    outcome as (
      select id, case when is_cancelled or is_superseded then 'cancelled'
        when is_last then 'discarded' else 'available' end as state
      from silent)
    update jobs set state = outcome.state, heartbeat_at = null, worker = null,
      finalized_at = case when outcome.state <> 'available' then now() end,
      errors = (case when jsonb_array_length(errors) >= 20 then errors - 0 else errors end)
        || jsonb_build_object('attempt', attempt, 'at', now(),
          'error', 'worker ' || worker || ' was not heard of any more')
    from outcome where jobs.id = outcome.id
    returning jobs.id, jobs.kind, jobs.state
    """

  func run() async {
    while !Task.isCancelled {
      do {
        try await rescue()
      } catch is CancellationError {
        return
      } catch {
        configuration.logger.warning("jobs.rescue.failed", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: configuration.rescueInterval)
    }
  }

  /// - Returns: how many jobs were rescued.
  @discardableResult
  func rescue() async throws -> Int {
    var count = 0
    let silence = configuration.rescueAfter / .seconds(1)
    while let row = try await pool.query(Self.rescue, silence).first {
      count += 1
      let (id, kind) = (try row.int64("id"), try row.text("kind"))
      configuration.logger.warning(
        "job.rescued", metadata: ["job.id": "\(id)", "job.kind": "\(kind)"])
    }
    if count > 0 { try await JobStore().wake(in: pool) }
    return count
  }
}
