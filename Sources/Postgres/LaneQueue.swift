import DequeModule
import Dispatch
import Synchronization

/// Calls on their way to the connection threads, first come first served.
final class LaneQueue: Sendable {
  private struct State {
    var jobs = Deque<LaneJob>()
    /// Of `jobs`, those whose callers have left; they are dropped a batch at a time.
    var abandoned = 0
    var isClosed = false
    /// When the next sweep is planned for.
    var sweepAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let available = DispatchSemaphore(value: 0)

  func append(_ job: LaneJob) {
    let (accepted, sweepAt) = state.withLock { state -> (Bool, ContinuousClock.Instant?) in
      guard !state.isClosed else { return (false, nil) }
      state.jobs.append(job)
      // A call that has less time than those before it needs an earlier sweep than theirs.
      guard state.sweepAt.map({ job.acquireDeadline < $0 }) ?? true else { return (true, nil) }
      state.sweepAt = job.acquireDeadline
      return (true, job.acquireDeadline)
    }
    guard accepted else {
      job.fail(PostgresError.poolClosed)
      return
    }
    available.signal()
    if let sweepAt { sweepLater(at: sweepAt) }
  }

  /// The first call whose caller still waits; `nil` when there is none, or the queue is closed.
  ///
  /// - Parameter blocks: waits for one to come.
  func next(blocks: Bool = true) -> LaneJob? {
    while true {
      if blocks {
        available.wait()
      } else if available.wait(timeout: .now()) == .timedOut {
        return nil
      }
      let (job, closed) = state.withLock { state -> (LaneJob?, Bool) in
        while let job = state.jobs.popFirst() {
          if job.isWaiting { return (job, state.isClosed) }
          state.abandoned = max(0, state.abandoned - 1)
        }
        return (nil, state.isClosed)
      }
      if let job { return job }
      if closed {
        available.signal()  // for the next thread
        return nil
      }
    }
  }

  /// The caller of a queued call has left. The queue does not fill with what nobody wants: once half
  /// of it is that, it goes.
  func noteAbandoned() {
    state.withLock { state in
      state.abandoned += 1
      guard state.abandoned >= 32, state.abandoned * 2 >= state.jobs.count else { return }
      state.jobs.removeAll { !$0.isWaiting }
      state.abandoned = 0
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

  /// Calls whose callers still wait.
  var count: Int { state.withLock { max(0, $0.jobs.count - $0.abandoned) } }
  /// All that is held.
  var length: Int { state.withLock { $0.jobs.count } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  private func sweepLater(at instant: ContinuousClock.Instant) {
    let milliseconds = Int(max(1, (instant - .now) / .milliseconds(1)).rounded(.up))
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
      [weak self] in
      self?.sweep(at: instant)
    }
  }

  /// Fails the calls whose time to get a connection is over.
  private func sweep(at instant: ContinuousClock.Instant) {
    let now = ContinuousClock.now
    let (expired, next) = state.withLock { state -> ([LaneJob], ContinuousClock.Instant?) in
      // An earlier one was planned after this, or did this one's work.
      guard state.sweepAt == instant else { return ([], nil) }
      let expired = state.jobs.filter { $0.acquireDeadline <= now }
      state.jobs.removeAll { $0.acquireDeadline <= now || !$0.isWaiting }
      state.abandoned = 0
      state.sweepAt = state.jobs.map(\.acquireDeadline).min()
      return (Array(expired), state.sweepAt)
    }
    for job in expired {
      job.fail(PostgresError(.timeout, "no database connection became free in time"))
    }
    if let next { sweepLater(at: next) }
  }
}
