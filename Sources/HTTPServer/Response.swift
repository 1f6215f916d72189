import Reactors
package import HTTPTypes

/// An answer. The server adds Date, Content-Length or Transfer-Encoding and Connection; of these only
/// a `Connection: close` of the handler's is obeyed.
package struct Response: Sendable {
  package var status: HTTPResponse.Status
  package var headerFields: HTTPFields
  package var body: ResponseBody

  package init(
    status: HTTPResponse.Status = .ok, headerFields: HTTPFields = [:], body: ResponseBody = .empty
  ) {
    self.status = status
    self.headerFields = headerFields
    self.body = body
  }
}

package enum ResponseBody: Sendable {
  case empty
  case bytes([UInt8])
  /// Written by the closure piece by piece, not called for HEAD. With a length exactly so many bytes
  /// must be written; without one the answer is chunked (HTTP/1.0: ended by closing). When the closure
  /// throws or writes too little the connection breaks off, so that the client sees it is not whole.
  case stream(contentLength: Int?, @Sendable (ResponseBodyWriter) async throws -> Void)
  /// No answer at all, not even a status line: the connection closes, or resets.
  case silence(resets: Bool)
}

/// Writes a streamed answer.
package struct ResponseBodyWriter: Sendable {
  let connection: Connection
  let exchange: Exchange

  /// Queues `bytes` and waits while the client has `Limits.outputBufferBytes` to take. Small pieces of
  /// one turn of the reactor leave in one write.
  ///
  /// - Throws: `ClientLeft`, when there is nobody left to write to; `ResponseLengthMismatch`.
  package func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    let (connection, exchange) = (connection, exchange)
    try await withUnsafeThrowingContinuation { (done: UnsafeContinuation<Void, any Error>) in
      connection.reactor.run { connection.stream(bytes, exchange, done) }
    }
  }

  package func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  /// Whether the server is draining: an endless stream ends itself now.
  package var isServerStopping: Bool { connection.server.isStopping }
}

/// The client closed its connection or took the answer too slowly.
package struct ClientLeft: Error {}

/// A stream wrote more than the length it had announced.
package struct ResponseLengthMismatch: Error {}
