package import HTTPTypes

/// A refusal: what the server itself answers (400 404 405 408 413 414 417 431 501 503 505), and what
/// a handler may throw to the same effect.
package struct HTTPError: Error, Sendable, Equatable {
  package var status: HTTPResponse.Status
  /// A sentence for the client that says what to do; no secrets.
  package var detail: String
  package var headerFields: HTTPFields

  package init(
    _ status: HTTPResponse.Status, _ detail: String, headerFields: HTTPFields = [:]
  ) {
    self.status = status
    self.detail = detail
    self.headerFields = headerFields
  }

  static func badRequest(_ detail: String) -> HTTPError { HTTPError(.badRequest, detail) }

  static func unavailable(_ detail: String) -> HTTPError {
    HTTPError(.serviceUnavailable, detail, headerFields: [.retryAfter: "1"])
  }

  /// Whether the connection cannot be used after it, whoever threw it: the rest of a body that was
  /// refused or came too slowly must not be parsed as a request.
  var endsConnection: Bool { status == .contentTooLarge || status == .requestTimeout }
}

/// Makes the answer to a refusal; the request is nil when its head could not be read.
package typealias ErrorResponder = @Sendable (HTTPError, Request?) -> Response

/// Plain text: the detail in one line.
package let plainTextErrorResponder: ErrorResponder = { error, _ in
  var fields = error.headerFields
  fields[.contentType] = "text/plain; charset=utf-8"
  return Response(
    status: error.status, headerFields: fields, body: .bytes(Array((error.detail + "\n").utf8)))
}
