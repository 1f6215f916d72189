import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

struct ConnectionBroken: Error {}

extension Response {
  static func json(_ value: JSONValue, status: Int = 200) -> Response {
    Response(
      status: HTTPResponse.Status(code: status),
      headerFields: [.contentType: "application/json;charset=UTF-8"],
      body: .bytes(value.encoded()))
  }

  static var noContent: Response { Response(status: .noContent) }

  static func html(_ text: String) -> Response {
    Response(
      status: .ok, headerFields: [.contentType: "text/html; charset=utf-8"],
      body: .bytes(Array(text.utf8)))
  }

  /// Promises more bytes than come, then the connection ends.
  static func broken(after bytes: [UInt8], of response: Response? = nil) -> Response {
    Response(
      status: response?.status ?? .ok, headerFields: response?.headerFields ?? [:],
      body: .stream(contentLength: bytes.count + 1) { writer in
        if !bytes.isEmpty { try await writer.write(bytes) }
        throw ConnectionBroken()
      })
  }

  /// As `broken`, but the connection stays open until the client gives up.
  static func stalling(after bytes: [UInt8], of response: Response) -> Response {
    Response(
      status: response.status, headerFields: response.headerFields,
      body: .stream(contentLength: bytes.count + 1) { writer in
        if !bytes.isEmpty { try await writer.write(bytes) }
        try await Task.sleep(for: .seconds(120))
      })
  }
}

extension HTTPFields {
  /// Sets a field whose name is a token by sight.
  mutating func set(_ name: String, _ value: String) {
    if let name = HTTPField.Name(name) { self[name] = value }
  }

  func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}

extension Request {
  /// Parsed query parameters; of one given several times all are kept.
  var queryValues: [String: [String]] {
    var values: [String: [String]] = [:]
    for pair in (query ?? "").split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.replacing("+", with: " ").removingPercentEncoding ?? String($0) }
      values[parts[0], default: []].append(parts.count > 1 ? parts[1] : "")
    }
    return values
  }

  func queryValue(_ name: String) -> String? { queryValues[name]?.first }

  /// The body as JSON; nil when it is none.
  func json() async throws -> JSONValue? {
    try? JSONValue(parsing: try await body.collect(upTo: 4 << 20))
  }
}

extension JSONValue {
  init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
}
