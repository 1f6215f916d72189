import CEpoll
import Glibc
import Synchronization

/// One epoll thread that also executes tasks.
///
/// Descriptors, timers and tasks of one reactor share its thread, so what belongs to one connection
/// needs no lock, and a task resumed by an event runs without a thread hop. A turn is: jobs, bodies
/// of `atEndOfTurn`, `epoll_wait`, handlers of ready descriptors, timers. Whatever blocks or computes
/// for more than a millisecond goes to `offReactor`.
package final class Reactor: TaskExecutor, @unchecked Sendable {
  // Sendable by confinement: `inbox` is locked, all other state belongs to the reactor's thread.
  // A body that comes from another thread is `@Sendable`, and a job may run anywhere.
  enum Work: @unchecked Sendable {
    case job(UnownedJob)
    case body(() -> Void)
  }

  private struct Inbox {
    var work: [Work] = []
    var asleep = false
    var stopping = false
    var ended = false
  }

  package let name: String
  private let inbox = Mutex(Inbox())
  private let epoll: Int32
  private let wakeUp: Int32

  // On the thread only.
  private var local: [Work] = []
  private var endOfTurn: [() -> Void] = []
  private var watches = WatchTable()
  private var wheel: TimerWheel
  /// Nanoseconds of CLOCK_MONOTONIC, read anew: the time of a turn's begin would be old after a long
  /// turn, and what is due some time after it would come early by that much.
  package var now: UInt64 { MonotonicClock.now() }
  /// The async form's descriptors.
  var readiness: [Int32: FileReadiness] = [:]

  /// Starts the thread. `name` is cut to the 15 bytes that Linux shows.
  package init(name: String) throws {
    self.name = name
    wheel = TimerWheel(now: MonotonicClock.now())
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw ReactorError(call: "epoll_create1", code: errno) }
    wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wakeUp >= 0 else {
      let code = errno
      close(epoll)
      throw ReactorError(call: "eventfd", code: code)
    }
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: .max))
    // From here on `deinit` runs when this throws; it closes `wakeUp`, and the thread `epoll`.
    do {
      guard epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
        throw ReactorError(call: "epoll_ctl", code: errno)
      }
      try startThread()
    } catch {
      close(epoll)
      throw error
    }
  }

  /// The reactor on whose thread the caller runs.
  package static var current: Reactor? {
    cepoll_thread_value().map { Unmanaged<Reactor>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Whether the caller runs on this reactor's thread.
  package var isCurrent: Bool {
    cepoll_thread_value() == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    submit(.job(UnownedJob(job)))
  }

  /// Runs `body` on the thread, from any thread, after what was submitted before it.
  package func execute(_ body: @escaping @Sendable () -> Void) {
    submit(.body(body))
  }

  /// Runs `body` now when on the thread already, else as `execute`.
  package func run(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { submit(.body(body)) }
  }

  private func submit(_ work: Work) {
    if isCurrent {
      local.append(work)
      return
    }
    let (wake, ended) = inbox.withLock { inbox in
      if inbox.ended { return (false, true) }
      inbox.work.append(work)
      defer { inbox.asleep = false }
      return (inbox.asleep, false)
    }
    if ended { Self.runElsewhere(work, for: self) }
    if wake { eventfd_write(wakeUp, 1) }
  }

  // MARK: On the thread

  /// Runs `body` once, after the jobs of this turn and before `epoll_wait`: a batch collected by many
  /// tasks leaves in one write. On the thread only.
  package func atEndOfTurn(_ body: @escaping () -> Void) {
    endOfTurn.append(body)
  }

  /// Calls `handler` on the thread whenever `fd` is ready, until `unwatch`. On the thread only; one
  /// watch a descriptor.
  ///
  /// - Throws: `ReactorError` (EMFILE-like limits of epoll, a bad descriptor, one watched already).
  package func watch(_ fd: Int32, _ interest: Interest.Set, handler: @escaping (Ready) -> Void)
    throws
  {
    // What a library gives for a lost connection.
    guard fd >= 0 else { throw ReactorError(call: "watch", code: EBADF) }
    var event = epoll_event(
      events: interest.epollEvents, data: epoll_data(u64: watches.nextKey(fd)))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 else {
      throw ReactorError(call: "epoll_ctl add", code: errno)
    }
    watches.add(fd, handler)
  }

  /// Changes what a watch waits for. On the thread only.
  package func modify(_ fd: Int32, _ interest: Interest.Set) throws {
    guard let key = watches.key(fd) else { throw ReactorError(call: "modify", code: ENOENT) }
    var event = epoll_event(events: interest.epollEvents, data: epoll_data(u64: key))
    guard epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0 else {
      throw ReactorError(call: "epoll_ctl mod", code: errno)
    }
  }

  /// Ends a watch; its handler is not called again, not even for events already fetched. To be called
  /// before `fd` is closed. On the thread only.
  package func unwatch(_ fd: Int32) {
    guard watches.remove(fd) else { return }
    var event = epoll_event()
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event)
  }

  /// Runs `body` on the thread once `delay` has passed, at most 16 ms late on an idle reactor.
  /// From any thread.
  @discardableResult
  package func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void)
    -> ReactorTimer
  {
    let due = TimerWheel.tick(after: delay.nanoseconds, from: now)
    let timer = ReactorTimer(due: due, owner: self, body: body)
    run { self.wheel.add(timer) }
    return timer
  }

  // MARK: The loop

  fileprivate func loop() {
    cepoll_set_thread_value(Unmanaged.passUnretained(self).toOpaque())
    cepoll_name_thread(name)
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    while fetchWork() {
      runJobs()
      runEndOfTurn()
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
      inbox.withLock { $0.asleep = false }
      if count > 0 { dispatch(events, Int(count)) }
      for timer in wheel.expire(at: now) { timer.fire() }
    }
    end()
  }

  /// Takes over what other threads submitted; false once asked to end and nothing is left to do.
  private func fetchWork() -> Bool {
    inbox.withLock { inbox in
      if !inbox.work.isEmpty {
        if local.isEmpty { swap(&local, &inbox.work) } else { local += inbox.work }
        inbox.work.removeAll(keepingCapacity: true)
      }
      if inbox.stopping, local.isEmpty { inbox.ended = true }
      return !inbox.ended
    }
  }

  /// Runs jobs until there are none, but looks at the descriptors again after 1,024.
  private func runJobs() {
    let executor = asUnownedTaskExecutor()
    var done = 0
    while done < local.count, done < 1024 {
      switch local[done] {
      case .job(let job): job.runSynchronously(on: executor)
      case .body(let body): body()
      }
      done += 1
    }
    if done == local.count {
      local.removeAll(keepingCapacity: true)
    } else {
      local.removeFirst(done)
    }
  }

  private func runEndOfTurn() {
    guard !endOfTurn.isEmpty else { return }
    var bodies: [() -> Void] = []
    swap(&bodies, &endOfTurn)
    for body in bodies { body() }
  }

  /// Milliseconds for `epoll_wait`: 0 with work at hand, -1 with no timer.
  private func timeout() -> Int32 {
    guard local.isEmpty, endOfTurn.isEmpty else { return 0 }
    let sleep = inbox.withLock { inbox in
      inbox.asleep = inbox.work.isEmpty && !inbox.stopping
      return inbox.asleep
    }
    guard sleep else { return 0 }
    guard let delay = wheel.delay(from: MonotonicClock.now()) else { return -1 }
    return Int32(min((delay + 999_999) / 1_000_000, 60_000))
  }

  private func dispatch(_ events: [epoll_event], _ count: Int) {
    for index in 0..<count {
      let key = events[index].data.u64
      if key == .max {
        var value: eventfd_t = 0
        eventfd_read(wakeUp, &value)
      } else if let handler = watches.handler(key) {
        handler(Ready(epollEvents: events[index].events))
      }
    }
  }

  // MARK: The end

  /// Ends the thread once its jobs are done; jobs submitted later run on a global queue. Watches and
  /// timers are dropped: their owners end them before.
  package func shutdown() {
    inbox.withLock { $0.stopping = true }
    eventfd_write(wakeUp, 1)
  }

  private func end() {
    let rest = inbox.withLock { inbox in
      inbox.ended = true
      defer { inbox.work = [] }
      return inbox.work
    }
    cepoll_set_thread_value(nil)
    watches = WatchTable()
    wheel = TimerWheel(now: now)
    for work in rest { Self.runElsewhere(work, for: self) }
    close(epoll)
  }

  deinit { close(wakeUp) }
}

extension Reactor {
  private func startThread() throws {
    var thread = pthread_t()
    let retained = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Reactor>.fromOpaque(argument).takeRetainedValue().loop()
        return nil
      }, retained)
    guard code == 0 else {
      Unmanaged<Reactor>.fromOpaque(retained).release()
      throw ReactorError(call: "pthread_create", code: code)
    }
    pthread_detach(thread)
  }
}
