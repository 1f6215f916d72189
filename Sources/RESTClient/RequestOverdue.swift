import Synchronization

/// A request was not sent, or not sent again, because what it was decided from had become too old: the
/// caller reads and decides again.
package struct RequestOverdue: Error, Sendable {
  /// Whether an earlier try may have reached the vendor.
  package var mayHaveBeenReceived: Bool

  package init(mayHaveBeenReceived: Bool) { self.mayHaveBeenReceived = mayHaveBeenReceived }
}

/// Until when the changes that a task requests may be sent.
package enum SendLimit {
  @TaskLocal package static var current: ContinuousClock.Instant?
}

/// When a task's last request was sent, after all waiting: what its answer says was true no earlier.
package final class SendClock: Sendable {
  @TaskLocal package static var current: SendClock?

  private let last = Mutex<ContinuousClock.Instant?>(nil)

  package init() {}

  package var lastSentAt: ContinuousClock.Instant? { last.withLock { $0 } }

  func note() { last.withLock { $0 = .now } }

  /// Runs requests.
  ///
  /// - Returns: what came of them, and when the last of them was sent.
  package static func timing<T>(
    _ body: () async throws -> T
  ) async throws -> (T, sentAt: ContinuousClock.Instant) {
    let clock = SendClock()
    let start = ContinuousClock.now
    let result = try await $current.withValue(clock) { try await body() }
    return (result, clock.lastSentAt ?? start)
  }
}
