import Glibc
import Synchronization
import Testing

@testable import Reactors

@Suite struct ReactorsTests {
  private func withReactor(_ body: (Reactor) async throws -> Void) async throws {
    let reactor = try Reactor(name: "test")
    defer { reactor.shutdown() }
    try await body(reactor)
  }

  /// Runs `body` on the reactor's thread and waits for it.
  private func on<T: Sendable>(_ reactor: Reactor, _ body: @escaping @Sendable () throws -> T)
    async throws -> T
  {
    try await withUnsafeThrowingContinuation { continuation in
      reactor.execute { continuation.resume(with: Result(catching: body)) }
    }
  }

  @Test func `a task with the preference runs on the thread and comes back after a sleep`()
    async throws
  {
    try await withReactor { reactor in
      let task = Task(executorPreference: reactor) {
        let before = reactor.isCurrent
        try await Task.sleep(for: .milliseconds(1))
        return before && reactor.isCurrent && Reactor.current === reactor
      }
      let wasTrue = try await task.value
      #expect(wasTrue)
      #expect(!reactor.isCurrent)
    }
  }

  @Test func `the end of a turn comes once, after the jobs of the turn`() async throws {
    try await withReactor { reactor in
      let order = try await withUnsafeThrowingContinuation {
        (done: UnsafeContinuation<[String], any Error>) in
        reactor.execute {
          let order = Order()
          reactor.atEndOfTurn {
            order.names.append("end")
            done.resume(returning: order.names)
          }
          reactor.execute { order.names.append("first") }
          reactor.execute { order.names.append("second") }
        }
      }
      #expect(order == ["first", "second", "end"])
    }
  }

  private final class Order: @unchecked Sendable { var names: [String] = [] }

  private final class Fired: Sendable {
    private let times = Mutex<[Int]>([])
    func withLock<T: Sendable>(_ body: (inout [Int]) -> T) -> T { times.withLock { body(&$0) } }
  }

  @Test func `timers fire in order, not early, and not when cancelled`() async throws {
    try await withReactor { reactor in
      let fired = Fired()
      let begin = ContinuousClock.now
      let cancelled = reactor.schedule(after: .milliseconds(20)) { fired.withLock { $0.append(0) } }
      for time in [60, 10, 30] {
        reactor.schedule(after: .milliseconds(time)) { fired.withLock { $0.append(time) } }
      }
      cancelled.cancel()
      try await until { fired.withLock { $0.count == 3 } }
      #expect(ContinuousClock.now - begin >= .milliseconds(60))
      #expect(fired.withLock { $0 } == [10, 30, 60])
    }
  }

  @Test func `a timer longer than a revolution of the wheel waits for its turn`() {
    var wheel = TimerWheel(now: 0)
    let tick = TimerWheel.tickNanoseconds
    let far = timer(due: 1500)
    let near = timer(due: 3)
    wheel.add(far)
    wheel.add(near)
    #expect(wheel.delay(from: 0) == 3 * tick)
    #expect(wheel.expire(at: 2 * tick).isEmpty)
    #expect(wheel.expire(at: 3 * tick).first === near)
    for step in stride(from: 10, to: 1500, by: 10) {
      #expect(wheel.expire(at: UInt64(step) * tick).isEmpty)
    }
    #expect(wheel.expire(at: 1500 * tick).first === far)
    #expect(wheel.delay(from: 0) == nil)
  }

  @Test func `a wheel that was not turned for long expires all that is due`() {
    var wheel = TimerWheel(now: 0)
    for due in [1, 400, 511, 512, 513, 5000] { wheel.add(timer(due: UInt64(due))) }
    #expect(wheel.expire(at: 5000 * TimerWheel.tickNanoseconds).count == 6)
    #expect(wheel.count == 0)
  }

  private func timer(due: UInt64) -> ReactorTimer { ReactorTimer(due: due, owner: nil) {} }

  @Test func `a watch reports bytes and the peer's end, and nothing after unwatch`() async throws {
    try await withReactor { reactor in
      let (ours, theirs) = try pair()
      let events = Mutex<Ready>([])
      try await on(reactor) {
        try reactor.watch(ours, [.read, .edge]) { ready in events.withLock { $0.formUnion(ready) } }
      }
      #expect(write(theirs, "a", 1) == 1)
      try await until { events.withLock { $0 == .read } }
      close(theirs)
      try await until { events.withLock { $0.isSuperset(of: [.read, .peerFinished]) } }
      try await on(reactor) { reactor.unwatch(ours) }
      await #expect(throws: ReactorError.self) {
        try await on(reactor) { try reactor.modify(ours, .write) }
      }
      close(ours)
    }
  }

  @Test func `a waiting task resumes when its descriptor is readable`() async throws {
    try await withReactor { reactor in
      let (ours, theirs) = try pair()
      try await on(reactor) { try reactor.register(ours) }
      async let waited: Void = reactor.wait(ours, for: .read)
      #expect(write(theirs, "a", 1) == 1)
      await waited
      var byte: UInt8 = 0
      #expect(read(ours, &byte, 1) == 1)
      async let unregistered: Void = reactor.wait(ours, for: .read)
      try await on(reactor) { reactor.unregister(ours) }
      await unregistered
      close(ours)
      close(theirs)
    }
  }

  @Test func `work for a reactor that has ended still runs`() async throws {
    let reactor = try Reactor(name: "ending")
    reactor.shutdown()
    for _ in 0..<100 {
      let task = Task(executorPreference: reactor) { 1 }
      #expect(await task.value == 1)
    }
  }

  @Test func `blocking work leaves the reactor`() async throws {
    try await withReactor { reactor in
      let task = Task(executorPreference: reactor) {
        let elsewhere = try await offReactor { !reactor.isCurrent }
        return elsewhere && reactor.isCurrent
      }
      let wasTrue = try await task.value
      #expect(wasTrue)
    }
  }

  /// Two connected sockets. No program that another test starts may inherit one: the peer would seem
  /// open for as long as that program runs.
  private func pair() throws -> (ours: Int32, theirs: Int32) {
    var pair: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    return (pair[0], pair[1])
  }

  private func until(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
      try #require(ContinuousClock.now < deadline)
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
