import Logging
import Postgres

/// One attempt at one job, from the claim to the settlement.
struct Attempt: Sendable {
  let job: Job
  let entry: JobRegistry.Entry
  let claims: ClaimStore
  let running: RunningJobs
  let logger: Logger

  func run() async {
    let settlement = await perform()
    // The attempt's own task may be cancelled; its end is written nevertheless.
    await Task { await settle(as: settlement) }.value
    running.remove(job.id)
  }

  private func perform() async -> Settlement {
    var logger = logger
    logger[metadataKey: "job.id"] = "\(job.id)"
    logger[metadataKey: "job.kind"] = "\(job.kind)"
    let context = JobContext(
      job: job, pool: claims.pool, logger: logger, worker: claims.worker)
    do {
      try await entry.perform(job, context)
      return .completed
    } catch {
      return settlement(of: error)
    }
  }

  private func settlement(of error: any Error) -> Settlement {
    switch error {
    case JobInstruction.snooze(let delay): return .snoozed(delay)
    case JobInstruction.cancel(let reason): return .cancelled(reason)
    case JobInstruction.retry(let delay, let reason): return .failed(reason, delay: delay)
    case let error as UnreadableArguments:
      return .discarded("the arguments cannot be read: \(error.reason)")
    case let error as any DelayedError:
      if running.stopReason(of: job.id) == nil, let delay = error.retryDelay {
        return .snoozed(delay)
      }
    default: break
    }
    switch running.stopReason(of: job.id) {
    case .shutdown: return .returned
    case .cancelRequested: return .cancelled("cancelled on request")
    case .timeout: return failed("not done within \(entry.timeout)")
    case .lost, nil: return failed("\(error)")
    }
  }

  private func failed(_ reason: String) -> Settlement {
    logger.warning(
      "job.failed",
      metadata: [
        "job.id": "\(job.id)", "job.kind": "\(job.kind)", "job.attempt": "\(job.attempt)",
        "error": "\(reason)",
      ])
    return .failed(reason, delay: entry.retryPolicy.delay(afterAttempt: job.attempt))
  }

  /// Tries while the database may come back; after that the job is rescued and runs again.
  private func settle(as settlement: Settlement) async {
    for pause in [Duration.milliseconds(20), .milliseconds(200), .seconds(1), .seconds(2), .zero] {
      do {
        if try await !claims.settle(job, as: settlement) {
          logger.debug("job.settled.elsewhere", metadata: ["job.id": "\(job.id)"])
        }
        return
      } catch {
        logger.warning(
          "job.settle.failed", metadata: ["job.id": "\(job.id)", "error": "\(error)"])
        if pause > .zero { try? await Task.sleep(for: pause) }
      }
    }
  }
}
