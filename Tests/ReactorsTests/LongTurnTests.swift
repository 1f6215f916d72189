import Glibc
import Testing

@testable import Reactors

@Suite struct LongTurnTests {
  /// What keeps the thread busy, as a handler that should not.
  private static func compute(_ duration: Duration) {
    let end = MonotonicClock.now() + duration.nanoseconds
    while MonotonicClock.now() < end {}
  }

  @Test func `a timer set late in a long turn waits its whole time`() async throws {
    let reactor = try Reactor(name: "test")
    defer { reactor.shutdown() }
    let waited = await withUnsafeContinuation { (done: UnsafeContinuation<UInt64, Never>) in
      reactor.execute {
        Self.compute(.milliseconds(120))
        let start = MonotonicClock.now()
        reactor.schedule(after: .milliseconds(60)) {
          done.resume(returning: MonotonicClock.now() - start)
        }
      }
    }
    #expect(waited >= 60_000_000)
  }

  @Test func `a reactor's time goes on within a turn`() async throws {
    let reactor = try Reactor(name: "test")
    defer { reactor.shutdown() }
    let passed = await withUnsafeContinuation { (done: UnsafeContinuation<UInt64, Never>) in
      reactor.execute {
        let start = reactor.now
        Self.compute(.milliseconds(20))
        done.resume(returning: reactor.now - start)
      }
    }
    #expect(passed >= 20_000_000)
  }

  private struct NoMore: Error {}

  private final class Weak: @unchecked Sendable { weak var reactor: Reactor? }

  @Test func `a group that cannot start all its threads ends those it started`() async throws {
    let first = Weak()
    #expect(throws: NoMore.self) {
      _ = try ReactorGroup(count: 3) { index in
        guard index < 2 else { throw NoMore() }
        let reactor = try Reactor(name: "partial-\(index)")
        if index == 0 { first.reactor = reactor }
        return reactor
      }
    }
    // Its thread held the last reference; with it the descriptors go.
    let deadline = ContinuousClock.now + .seconds(10)
    while first.reactor != nil, ContinuousClock.now < deadline { await Task.yield() }
    #expect(first.reactor == nil)
  }
}
