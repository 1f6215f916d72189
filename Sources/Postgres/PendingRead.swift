/// One read and its caller. Belongs to its reactor's thread, but for `deadline`, which never
/// changes.
final class PendingRead: @unchecked Sendable {
  /// A read whose connection broke, or that a mate's error took with it, is sent again; so often at
  /// most.
  private static let maximumSends = 8

  let statement: Statement
  let parameters: Parameters
  let deadline: ContinuousClock.Instant
  /// The prepared statement that it was last sent with.
  var preparedName = ""
  /// An error of a mate took it along once: it travels under a Sync of its own from then on.
  var isAlone = false
  private var continuation: UnsafeContinuation<Rows, any Error>?
  private var isCancelled = false
  private var sends = 0

  init(_ statement: Statement, _ parameters: Parameters, deadline: ContinuousClock.Instant) {
    self.statement = statement
    self.parameters = parameters
    self.deadline = deadline
  }

  /// Whether somebody still waits for it.
  var isWanted: Bool { continuation != nil }

  /// `false` when the caller was cancelled before, and is answered already.
  func begin(_ continuation: UnsafeContinuation<Rows, any Error>) -> Bool {
    guard !isCancelled else {
      continuation.resume(throwing: CancellationError())
      return false
    }
    self.continuation = continuation
    return true
  }

  func cancel() {
    isCancelled = true
    fail(CancellationError())
  }

  func succeed(_ rows: Rows) {
    let caller = continuation
    continuation = nil
    caller?.resume(returning: rows)
  }

  func fail(_ error: any Error) {
    let caller = continuation
    continuation = nil
    caller?.resume(throwing: error)
  }

  /// Counts one more send; `false` when it was sent too often already.
  func countSend() -> Bool {
    sends += 1
    return sends <= Self.maximumSends
  }
}
