package import HTTPTypes

/// Answers a request. It runs on the connection's reactor: what blocks or computes goes to
/// `offReactor`. Its task is cancelled when the client leaves or the handler time-out passes.
package typealias Handler = @Sendable (Request) async throws -> Response

/// One request as received.
package struct Request: Sendable {
  package var method: HTTPRequest.Method
  /// Percent-encoded as received, beginning with "/" ("*" for a server-wide OPTIONS).
  package var path: String
  /// What follows the "?", percent-encoded as received.
  package var query: String?
  package var remoteAddress: SocketAddress
  /// The values of the pattern's `{names}`, set by `Router`.
  package var parameters = PathParameters()
  package var body: RequestBody

  private enum Fields {
    case received(RequestHead)
    case given(HTTPFields)
  }
  private var fields: Fields

  package init(
    method: HTTPRequest.Method = .get, path: String, query: String? = nil,
    headerFields: HTTPFields = [:],
    remoteAddress: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
    body: RequestBody = RequestBody()
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.remoteAddress = remoteAddress
    self.body = body
    fields = .given(headerFields)
  }

  init(_ head: RequestHead, remoteAddress: SocketAddress, body: RequestBody) {
    method = head.method
    (path, query) = head.target
    self.remoteAddress = remoteAddress
    self.body = body
    fields = .received(head)
  }

  /// Every field in the order received; made of the received bytes when first asked for.
  package var headerFields: HTTPFields {
    get {
      switch fields {
      case .received(let head): head.fields
      case .given(let fields): fields
      }
    }
    set { fields = .given(newValue) }
  }
}

/// The values of a pattern's `{names}`, percent-decoded.
package struct PathParameters: Sendable {
  private var pairs: [(name: String, value: String)] = []

  package init() {}

  package subscript(_ name: String) -> String? {
    get { pairs.first { $0.name == name }?.value }
    set {
      pairs.removeAll { $0.name == name }
      if let newValue { pairs.append((name, newValue)) }
    }
  }
}
