import Foundation
import Postgres

/// How one attempt ended.
enum Settlement: Sendable {
  case completed
  case cancelled(String)
  case snoozed(Duration)
  /// Back to the queue as if it had not been claimed.
  case returned
  /// Again after `delay`, unless this was the last attempt.
  case failed(String, delay: Duration)
  /// Can never succeed.
  case discarded(String)

  /// Longer texts are cut.
  private static let longestError = 4000

  /// - Returns: `false` when the job was no longer this worker's.
  func write(_ job: Job, worker: String, on connection: Connection) throws -> Bool {
    let outcome = outcome(of: job)
    let text = outcome.error.map { String($0.replacing("\0", with: "").prefix(Self.longestError)) }
    return try !connection.query(
      Self.statement, job.id, worker, job.attempt, outcome.state.rawValue,
      (outcome.delay ?? .zero) / .seconds(1), text, outcome.countsAttempt
    ).isEmpty
  }

  private func outcome(
    of job: Job
  ) -> (state: Job.State, delay: Duration?, error: String?, countsAttempt: Bool) {
    switch self {
    case .completed: (.completed, nil, nil, true)
    case .cancelled(let reason): (.cancelled, nil, reason, true)
    case .snoozed(let delay): (.scheduled, delay, nil, false)
    case .returned: (.available, nil, nil, false)
    case .failed(let error, _) where job.isLastAttempt: (.discarded, nil, error, true)
    case .failed(let error, let delay): (.retryable, delay, error, true)
    case .discarded(let error): (.discarded, nil, error, true)
    }
  }

  /// A job that goes back to waiting while another with its key waits already is superseded by that
  /// one.
  private static let statement: Statement = """
    with outcome as (
      select job.id, case
        when $4 in ('available', 'scheduled', 'retryable') and (
          job.cancel_requested_at is not null or exists (
          select from jobs other where other.unique_key = job.unique_key and other.id <> job.id
            and other.state in ('available', 'scheduled', 'retryable'))) then 'cancelled'
        else $4 end as state
      from jobs job
      where job.id = $1 and job.worker = $2 and job.attempt = $3 and job.state = 'running'
      for update)
    update jobs set state = outcome.state, worker = null, heartbeat_at = null,
      attempt = attempt - case when $7 then 0 else 1 end,
      scheduled_at = case when outcome.state in ('scheduled', 'retryable')
        then now() + make_interval(secs => $5) else scheduled_at end,
      finalized_at = case when outcome.state in ('completed', 'cancelled', 'discarded')
        then now() end,
      errors = case when $6::text is null then errors else
        (case when jsonb_array_length(errors) >= 20 then errors - 0 else errors end)
          || jsonb_build_object('attempt', attempt, 'at', now(), 'error', $6::text) end
    from outcome where jobs.id = outcome.id
    returning jobs.id
    """
}
