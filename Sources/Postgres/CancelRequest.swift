import CLibpq
import Dispatch
import Foundation

/// Asks the server to stop what a connection is doing.
enum CancelRequest {
  /// The one owner of a `PGcancel`; it is independent of its connection once made.
  private final class Handle: @unchecked Sendable {
    let raw: OpaquePointer
    init(_ raw: OpaquePointer) { self.raw = raw }
    deinit { PQfreeCancel(raw) }
  }

  /// Sends the request and waits until the server has passed it on, so that it cannot hit the next
  /// statement. `PQcancel` blocks without a deadline, so it runs on a thread of its own; one that
  /// does not come back in time is left behind.
  ///
  /// - Returns: `false` when the request was not taken within `limit`: the connection must go.
  static func send(to connection: OpaquePointer, within limit: Duration) -> Bool {
    guard let raw = PQgetCancel(connection) else { return false }
    let handle = Handle(raw)
    let outcome = Outcome()
    let thread = Thread {
      var message = [CChar](repeating: 0, count: 256)
      outcome.set(PQcancel(handle.raw, &message, Int32(message.count)) == 1)
    }
    thread.name = "pg-cancel"
    thread.stackSize = 256 << 10
    thread.start()
    return outcome.wait(for: limit)
  }

  private final class Outcome: @unchecked Sendable {
    // The semaphore orders the one write before the one read.
    private let done = DispatchSemaphore(value: 0)
    private var sent = false

    func set(_ value: Bool) {
      sent = value
      done.signal()
    }

    func wait(for limit: Duration) -> Bool {
      let milliseconds = Int(max(0, limit / .milliseconds(1)))
      guard done.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
        return false
      }
      return sent
    }
  }
}
