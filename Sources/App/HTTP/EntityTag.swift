import Cryptography
import HTTPServer
import HTTPTypes

/// Strong entity tags (RFC 9110, section 8.8.3): a digest of the representation's bytes.
enum EntityTag {
  static func of(_ representation: [UInt8]) -> String {
    "\"\(String(SHA256Digest.hex(of: representation).prefix(32)))\""
  }

  /// The tags of an If-Match or If-None-Match field; weak ones keep their `W/`.
  static func list(_ field: String) -> [Substring] {
    field.split(separator: ",").map { $0.trimming(" \t") }
  }
}

/// What `If-Match` asks of a resource before it is changed.
struct Precondition: Sendable {
  /// nil: nothing is asked.
  private let tags: [Substring]?

  static let none = Precondition(nil)

  init(_ ifMatch: String?) { tags = ifMatch.map(EntityTag.list) }

  var isAsked: Bool { tags != nil }

  /// - Parameter representation: the resource as a GET would answer it now, read under a lock.
  /// - Throws: a 412.
  func check(_ representation: [UInt8]) throws {
    guard let tags, tags != ["*"] else { return }
    let current = EntityTag.of(representation)
    guard !tags.contains(where: { $0 == current }) else { return }
    var problem = Problem(
      412, "precondition-failed", "Precondition failed",
      "The resource has changed since it was read; read it again and repeat the change.")
    problem.headerFields = [("ETag", current)]
    throw problem
  }
}

extension Response {
  /// Tags a resource that is read or was changed, and answers 304 to a client that has it already.
  func tagged(for request: Request) -> Response {
    guard status == .ok, case .bytes(let bytes) = body else { return self }
    var response = self
    let tag = headerFields[.eTag] ?? EntityTag.of(bytes)
    response.headerFields[.eTag] = tag
    guard request.method == .get || request.method == .head,
      let known = request.headerFields[.ifNoneMatch]
    else { return response }
    // Weak comparison (RFC 9110, section 13.1.2).
    let matches = EntityTag.list(known).contains { $0 == "*" || $0.trimmingPrefix("W/") == tag }
    return matches ? Response(status: .notModified, headerFields: [.eTag: tag]) : response
  }
}

extension Substring {
  fileprivate func trimming(_ characters: String) -> Substring {
    var text = self
    while let first = text.first, characters.contains(first) { text.removeFirst() }
    while let last = text.last, characters.contains(last) { text.removeLast() }
    return text
  }
}
