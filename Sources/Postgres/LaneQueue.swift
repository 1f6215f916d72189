import DequeModule
import Dispatch
import Synchronization

/// Calls on their way to the connection threads, first come first served.
final class LaneQueue: Sendable {
  private struct State {
    var jobs = Deque<LaneJob>()
    var isClosed = false
    var sweepIsDue = false
  }

  private let state = Mutex(State())
  private let available = DispatchSemaphore(value: 0)

  func append(_ job: LaneJob) {
    let (accepted, sweep) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.jobs.append(job)
      defer { state.sweepIsDue = true }
      return (true, !state.sweepIsDue)
    }
    guard accepted else { return job.fail(PostgresError.poolClosed) }
    available.signal()
    if sweep { sweepLater(at: job.acquireDeadline) }
  }

  /// Blocks until a call comes; `nil` when the queue is closed.
  func next() -> LaneJob? {
    while true {
      available.wait()
      let (job, closed) = state.withLock { ($0.jobs.popFirst(), $0.isClosed) }
      if let job { return job }
      if closed {
        available.signal()  // for the next thread
        return nil
      }
    }
  }

  /// Calls that wait for a connection fail; those that run end in their own time.
  func close() {
    let waiting = state.withLock { state -> Deque<LaneJob> in
      state.isClosed = true
      defer { state.jobs = [] }
      return state.jobs
    }
    for job in waiting { job.fail(PostgresError.poolClosed) }
    available.signal()
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Fails the calls whose time to get a connection is over. One timer for the whole queue: calls
  /// mostly expire in the order in which they came.
  private func sweepLater(at instant: ContinuousClock.Instant) {
    let milliseconds = Int(max(1, (instant - .now) / .milliseconds(1)).rounded(.up))
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
      [weak self] in
      self?.sweep()
    }
  }

  private func sweep() {
    let now = ContinuousClock.now
    let (expired, next) = state.withLock { state -> ([LaneJob], ContinuousClock.Instant?) in
      let expired = state.jobs.filter { $0.acquireDeadline <= now }
      state.jobs.removeAll { $0.acquireDeadline <= now || !$0.isWaiting }
      let next = state.jobs.map(\.acquireDeadline).min()
      state.sweepIsDue = next != nil
      return (Array(expired), next)
    }
    for job in expired {
      job.fail(PostgresError(.timeout, "no database connection became free in time"))
    }
    if let next { sweepLater(at: next) }
  }
}
