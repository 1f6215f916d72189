import Synchronization

/// What requests keep busy, counted apart: a request is at work, awaits its body, or streams its answer.
/// One that only waits for a client must not take the place of one that works.
final class ServerLoad: Sendable {
  /// Requests whose handler has not ended, whatever they do.
  private let all = Atomic(0)
  private let atWork = Atomic(0)
  private let awaitingBody = Atomic(0)
  private let streaming = Atomic(0)
  private let bodyBytes = Atomic(0)

  var requests: Int { all.load(ordering: .relaxed) }
  var awaitedBodies: Int { awaitingBody.load(ordering: .relaxed) }

  /// - Returns: false, and nothing is counted, when there are `limit` already.
  func beginRequest(limit: Int) -> Bool {
    guard Self.add(1, to: atWork, limit: limit) else { return false }
    all.add(1, ordering: .relaxed)
    return true
  }

  func endRequest(isStream: Bool, bodyBytes held: Int) {
    if isStream {
      streaming.subtract(1, ordering: .relaxed)
    } else {
      atWork.subtract(1, ordering: .relaxed)
    }
    if held > 0 { bodyBytes.subtract(held, ordering: .relaxed) }
    all.subtract(1, ordering: .sequentiallyConsistent)
  }

  func beginAwaitingBody() {
    atWork.subtract(1, ordering: .relaxed)
    awaitingBody.add(1, ordering: .relaxed)
  }

  /// What was admitted once is not refused when its body has come, so there may be more at work than
  /// the limit for a moment.
  func endAwaitingBody() {
    awaitingBody.subtract(1, ordering: .relaxed)
    atWork.add(1, ordering: .relaxed)
  }

  /// Turns a request at work into a stream.
  ///
  /// - Returns: false, and nothing changes, when there are `limit` already.
  func beginStream(limit: Int) -> Bool {
    guard Self.add(1, to: streaming, limit: limit) else { return false }
    atWork.subtract(1, ordering: .relaxed)
    return true
  }

  /// - Returns: false, and nothing is counted, when it would be more than `limit`.
  func holdBody(bytes: Int, limit: Int) -> Bool { Self.add(bytes, to: bodyBytes, limit: limit) }

  private static func add(_ count: Int, to counter: borrowing Atomic<Int>, limit: Int) -> Bool {
    guard counter.add(count, ordering: .relaxed).newValue > limit else { return true }
    counter.subtract(count, ordering: .relaxed)
    return false
  }
}
