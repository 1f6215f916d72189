import HTTPServer
import HTTPTypes
import RESTClient

extension Response {
  /// An answer whose JSON is there already.
  static func json(
    _ body: [UInt8], status: HTTPResponse.Status = .ok, location: String? = nil,
    contentType: String = "application/json"
  ) -> Response {
    var fields: HTTPFields = [.contentType: contentType]
    if let location { fields[.location] = location }
    return Response(status: status, headerFields: fields, body: .bytes(body))
  }

  static func json(
    _ value: JSONValue, status: HTTPResponse.Status = .ok, location: String? = nil
  ) -> Response {
    json(value.encoded(), status: status, location: location)
  }

  /// A resource with a member that changes all the time and that its entity tag does not stand for.
  static func resource(
    _ stable: [UInt8], apart name: String, _ value: [UInt8], status: HTTPResponse.Status = .ok,
    location: String? = nil
  ) -> Response {
    let body = stable.dropLast() + Array(",\"\(name)\":".utf8) + value + [UInt8(ascii: "}")]
    var response = json(Array(body), status: status, location: location)
    response.headerFields[.eTag] = EntityTag.of(stable)
    return response
  }

  static var noContent: Response { Response(status: .noContent) }

  /// A page of a list, with the address of the next one in `Link` too.
  static func page(_ page: Page, of request: Request) -> Response {
    var body = Array(#"{"data":"#.utf8) + page.data + Array(#","next_cursor":"#.utf8)
    body += JSONValue(page.nextCursor).encoded()
    body.append(UInt8(ascii: "}"))
    var response = json(body)
    if let cursor = page.nextCursor {
      let others = (request.query ?? "").split(separator: "&")
        .filter { !$0.hasPrefix("cursor=") }.joined(separator: "&")
      let query = others.isEmpty ? "cursor=\(cursor)" : "\(others)&cursor=\(cursor)"
      response.headerFields[.link] = "<\(request.path)?\(query)>; rel=\"next\""
    }
    return response
  }

  static func problem(_ problem: Problem, requestID: String) -> Response {
    var response = json(
      problem.document(instance: requestID).encoded(),
      status: HTTPResponse.Status(code: problem.status), contentType: "application/problem+json")
    for (name, value) in problem.headerFields {
      if let name = HTTPField.Name(name) { response.headerFields[name] = value }
    }
    return response
  }
}

extension HTTPField.Name {
  static let link = known("Link")
  static let idempotencyKey = known("Idempotency-Key")
  static let idempotentReplayed = known("Idempotent-Replayed")
  static let requestID = known("X-Request-Id")

  /// A name that is a valid token by sight; `contentType` stands in to keep this total.
  private static func known(_ name: String) -> HTTPField.Name { Self(name) ?? .contentType }
}

extension JSONValue {
  init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
}
