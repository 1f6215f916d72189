import HTTPTypes
import Synchronization

/// A received head: its bytes in one array, and where the parts lie in them. The header fields are
/// made into `HTTPFields` when first asked for, which many requests never are.
final class RequestHead: Sendable {
  let method: HTTPRequest.Method
  /// Path and query of origin-form; of absolute-form without scheme and authority.
  let target: (path: String, query: String?)
  private let bytes: [UInt8]
  private let layout: [HeadLayout.Field]
  private let made = Mutex<HTTPFields?>(nil)

  init(_ head: UnsafeRawBufferPointer, _ layout: HeadLayout) throws(HTTPError) {
    method = try Self.method(UnsafeRawBufferPointer(rebasing: head[layout.method]))
    target = try Self.target(UnsafeRawBufferPointer(rebasing: head[layout.target]), method)
    bytes = Array(head)
    self.layout = layout.fields
  }

  var fields: HTTPFields {
    made.withLock { made in
      if let made { return made }
      var fields = HTTPFields()
      fields.reserveCapacity(layout.count)
      for field in layout {
        // The parser let only tokens through, so this never is nil.
        guard let name = HTTPField.Name(String(decoding: bytes[field.name], as: UTF8.self)) else {
          continue
        }
        fields.append(HTTPField(name: name, value: bytes[field.value]))
      }
      made = fields
      return fields
    }
  }

  private static func method(_ bytes: UnsafeRawBufferPointer) throws(HTTPError)
    -> HTTPRequest.Method
  {
    // A method is case-sensitive (RFC 9110, 9.1).
    if bytes.elementsEqual("GET".utf8) { return .get }
    if bytes.elementsEqual("POST".utf8) { return .post }
    guard let method = HTTPRequest.Method(String(decoding: bytes, as: UTF8.self)) else {
      throw .badRequest("The method is no token.")
    }
    guard method != .connect else {
      throw HTTPError(.notImplemented, "This server is no proxy.")
    }
    return method
  }

  private static func target(_ bytes: UnsafeRawBufferPointer, _ method: HTTPRequest.Method)
    throws(HTTPError) -> (String, String?)
  {
    var rest = bytes
    if bytes[0] != 47 {
      if bytes.count == 1, bytes[0] == 42, method == .options { return ("*", nil) }
      guard let start = endOfAuthority(bytes) else {
        throw .badRequest("The request target must begin with a slash.")
      }
      rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
    }
    guard let mark = rest.firstOffset(of: 63, from: 0) else {
      return (rest.isEmpty ? "/" : String(decoding: rest, as: UTF8.self), nil)
    }
    let path = mark == 0 ? "/" : String(decoding: rest[..<mark], as: UTF8.self)
    return (path, String(decoding: rest[(mark + 1)...], as: UTF8.self))
  }

  /// Where the path begins in "http://host/path"; nil when it is no such address.
  private static func endOfAuthority(_ bytes: UnsafeRawBufferPointer) -> Int? {
    for scheme: StaticString in ["http://", "https://"] {
      let length = scheme.utf8CodeUnitCount
      guard bytes.count > length,
        UnsafeRawBufferPointer(rebasing: bytes[..<length]).equals(scheme)
      else { continue }
      let end = bytes[length...].firstIndex { $0 == 47 || $0 == 63 } ?? bytes.count
      return end > length ? end : nil
    }
    return nil
  }
}
