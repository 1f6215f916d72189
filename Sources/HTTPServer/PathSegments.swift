/// The parts of a path between its slashes, percent-decoded.
enum PathSegments {
  /// - Throws: `HTTPError` 400 for an encoding that is no UTF-8 or no encoding, and for an encoded NUL.
  static func split(_ path: String) throws(HTTPError) -> [Substring] {
    let raw = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard path.utf8.contains(37) else { return raw }
    var segments: [Substring] = []
    for segment in raw { segments.append(Substring(try decode(segment))) }
    return segments
  }

  static func decode(_ text: Substring) throws(HTTPError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == 37 else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Grammar.hexValue),
        let low = rest.popFirst().flatMap(Grammar.hexValue), high << 4 | low != 0
      else { throw .badRequest("The path holds a broken percent-encoding.") }
      bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw .badRequest("The path is no UTF-8.")
    }
    return decoded
  }
}
