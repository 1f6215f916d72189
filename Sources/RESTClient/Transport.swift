/// One HTTP request as a transport sends it.
package struct TransportRequest: Sendable {
  package var method: String
  package var url: String
  /// Secrets live here only; they are never part of an error.
  package var headerFields: [(name: String, value: String)]
  package var body: [UInt8]?
  /// For the whole exchange.
  package var timeout: Duration
  /// Most bytes of the answer's body, after decompression.
  package var largestBody: Int
  /// Whether the transport may send it again by itself when a connection turns out to be dead. What
  /// must not be done twice leaves the process once.
  package var isRepeatable: Bool

  /// - Parameter isRepeatable: nil: as the method promises; only reads are.
  package init(
    method: String, url: String, headerFields: [(name: String, value: String)] = [],
    body: [UInt8]? = nil, timeout: Duration = .seconds(30), largestBody: Int = 32 << 20,
    isRepeatable: Bool? = nil
  ) {
    self.method = method
    self.url = url
    self.headerFields = headerFields
    self.body = body
    self.timeout = timeout
    self.largestBody = largestBody
    self.isRepeatable = isRepeatable ?? ["GET", "HEAD", "OPTIONS"].contains(method)
  }
}

package struct TransportResponse: Sendable {
  package var status: Int
  /// Names in lower case; of several fields of one name the values are joined with ", ".
  package var headerFields: [String: String]
  package var body: [UInt8]

  package init(status: Int, headerFields: [String: String], body: [UInt8]) {
    self.status = status
    self.headerFields = headerFields
    self.body = body
  }
}

/// Why there is no answer.
package struct TransportError: Error, Sendable {
  package enum Kind: Sendable, Equatable {
    case connection, timeout, tls, tooLarge, invalidRequest, refusedAddress
  }
  package var kind: Kind
  package var message: String
  /// False only when the server is known not to have got the request.
  package var mayHaveBeenReceived: Bool
  package var tlsFault: TLSFault?
}

/// Sends HTTP requests. There is one real one, `CurlTransport`.
package protocol Transport: Sendable {
  /// - Throws: `TransportError`; `CancellationError`.
  func send(_ request: TransportRequest) async throws -> TransportResponse
}
