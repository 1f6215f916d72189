import Synchronization

/// The jobs that a worker has claimed and not yet settled.
final class RunningJobs: Sendable {
  /// Why a job's task was cancelled.
  enum StopReason: Sendable {
    case timeout, cancelRequested, shutdown, lost
  }

  private struct Entry {
    let job: Job
    let deadline: ContinuousClock.Instant
    var task: Task<Void, Never>?
    var stop: StopReason?
  }

  private let entries = Mutex<[Int64: Entry]>([:])

  var count: Int { entries.withLock { $0.count } }
  var ids: [Int64] { entries.withLock { Array($0.keys) } }
  var jobs: [Job] { entries.withLock { $0.values.map(\.job) } }

  func count(of kinds: [String]) -> Int {
    entries.withLock { $0.values.count { kinds.contains($0.job.kind) } }
  }

  func insert(_ job: Job, deadline: ContinuousClock.Instant) {
    entries.withLock { $0[job.id] = Entry(job: job, deadline: deadline) }
  }

  /// Later than `insert`: the task may have ended, or its end been asked for, meanwhile.
  func attach(_ task: Task<Void, Never>, to id: Int64) {
    let stopped = entries.withLock { entries in
      entries[id]?.task = task
      return entries[id]?.stop != nil
    }
    if stopped { task.cancel() }
  }

  func remove(_ id: Int64) { entries.withLock { $0[id] = nil } }

  func stopReason(of id: Int64) -> StopReason? { entries.withLock { $0[id]?.stop } }

  func stop(_ id: Int64, because reason: StopReason) {
    let task = entries.withLock { entries -> Task<Void, Never>? in
      guard entries[id]?.stop == nil else { return nil }
      entries[id]?.stop = reason
      return entries[id]?.task
    }
    task?.cancel()
  }

  func stopAll(because reason: StopReason) {
    for id in ids { stop(id, because: reason) }
  }

  func stopOverdue(at now: ContinuousClock.Instant) {
    let overdue = entries.withLock { $0.values.filter { $0.deadline <= now }.map(\.job.id) }
    for id in overdue { stop(id, because: .timeout) }
  }
}
