import Foundation
import Glibc
import Synchronization

/// Writes lines to a descriptor from a thread of its own. A reader that has gone, a full pipe or a full
/// disk costs lines, never the service: those that find no room are dropped, and counted.
final class LogWriter: Sendable {
  static let standardError = LogWriter(descriptor: 2)
  /// Bytes that wait to be written at most.
  static let maxWaitingBytes = 4 << 20
  /// Between two tries at a descriptor that takes nothing.
  private static let retryMilliseconds: Int32 = 100

  private struct State {
    var waiting: [UInt8] = []
    var dropped = 0
    var isWriting = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  init(descriptor: Int32) {
    self.descriptor = descriptor
    // Writing to a pipe that nobody reads is an error to handle, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    let thread = Thread { [self] in run() }
    thread.name = "log"
    thread.start()
    if descriptor == 2 { atexit { LogWriter.standardError.flush(within: .seconds(1)) } }
  }

  /// - Parameter line: without its line feed.
  func write(_ line: [UInt8]) {
    let isFirst = state.withLock { state in
      guard state.waiting.count + line.count < Self.maxWaitingBytes else {
        state.dropped += 1
        return false
      }
      defer { state.waiting += line + [10] }
      return state.waiting.isEmpty
    }
    if isFirst { arrivals.signal() }
  }

  /// Waits until everything has been written, but not for long.
  func flush(within limit: Duration) {
    let end = ContinuousClock.now + limit
    while state.withLock({ !$0.waiting.isEmpty || $0.isWriting }), .now < end { usleep(1000) }
  }

  private func run() {
    while true {
      arrivals.wait()
      let (batch, dropped) = state.withLock { state in
        defer {
          state.isWriting = !state.waiting.isEmpty
          state.waiting = []
          state.dropped = 0
        }
        return (state.waiting, state.dropped)
      }
      var isWritten = writeAll(batch)
      if dropped > 0 {
        isWritten = writeAll(
          Array(#"{"level":"warning","lines":\#(dropped),"message":"log.lines.dropped"}"#.utf8) + [
            10
          ])
      }
      state.withLock { state in
        if !isWritten { state.dropped += max(1, dropped) }
        state.isWriting = false
      }
    }
  }

  /// - Returns: false when the descriptor takes no more.
  private func writeAll(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, Self.retryMilliseconds)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
