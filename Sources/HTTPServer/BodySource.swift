import HTTPTypes
import Reactors

/// Between a connection, which fills it, and the handler, which empties it.
final class BodySource: @unchecked Sendable {
  // Sendable by confinement: everything but the constants is touched on the reactor's thread only.
  let declaredLength: Int?
  private let reactor: Reactor
  private weak var connection: Connection?
  var buffer: [UInt8] = []
  private var finished = false
  private var failure: HTTPError?
  private var waiter: UnsafeContinuation<[UInt8]?, any Error>? {
    didSet {
      if waiter == nil, waitsSince != nil {
        waitsSince = nil
        connection?.bodyWaitEnded()
      }
    }
  }
  /// Since when the reader has waited for the client, in nanoseconds of the reactor's clock.
  private(set) var waitsSince: UInt64?
  /// What the handler was given, counted until it ends.
  private(set) var bytesHeld = 0

  init(_ connection: Connection, declaredLength: Int?) {
    self.connection = connection
    self.declaredLength = declaredLength
    reactor = connection.reactor
  }

  var isWaiting: Bool { waiter != nil }

  /// The next piece; nil after the last.
  func next() async throws -> [UInt8]? {
    try await withUnsafeThrowingContinuation { continuation in
      reactor.run { self.read(continuation) }
    }
  }

  private func read(_ continuation: UnsafeContinuation<[UInt8]?, any Error>) {
    guard waiter == nil else {
      continuation.resume(throwing: HTTPError(.internalServerError, "Two readers of one body."))
      return
    }
    waiter = continuation
    deliver()
    connection?.bodyWasAskedFor()
    if waiter != nil, let connection {
      waitsSince = reactor.now
      connection.bodyWaitBegan()
    }
  }

  /// Hands over what there is to a reader who waits. The body is told in whole pieces: what arrived
  /// before the failure comes before the failure.
  func deliver() {
    guard let waiter else { return }
    if !buffer.isEmpty {
      guard connection?.server.holdBody(bytes: buffer.count) ?? true else {
        let refusal = HTTPError.unavailable("The server is receiving too much.")
        (buffer, failure) = ([], refusal)
        self.waiter = nil
        return waiter.resume(throwing: refusal)
      }
      bytesHeld += buffer.count
      self.waiter = nil
      var piece: [UInt8] = []
      swap(&piece, &buffer)
      waiter.resume(returning: piece)
    } else if let failure {
      self.waiter = nil
      waiter.resume(throwing: failure)
    } else if finished {
      self.waiter = nil
      waiter.resume(returning: nil)
    }
  }

  func finish() {
    finished = true
    deliver()
  }

  func fail(_ error: HTTPError) {
    guard !finished, failure == nil else { return }
    failure = error
    deliver()
  }
}
