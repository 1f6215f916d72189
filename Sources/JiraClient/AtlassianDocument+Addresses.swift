import RESTClient

extension AtlassianDocument {
  /// The addresses of the web that the document leads to, each once, in their order: those in its
  /// words, those behind its words (`link` marks) and those of its cards.
  package var addresses: [String] {
    var reader = AddressReader()
    reader.read(content, depth: 0)
    return reader.addresses
  }
}

private struct AddressReader {
  /// Deepest nesting that is read; Jira's own editor makes a fraction of it.
  static let deepest = 100

  var addresses: [String] = []

  mutating func read(_ nodes: [JSONValue], depth: Int) {
    guard depth < Self.deepest else { return }
    for node in nodes {
      if let url = node["attrs"]?["url"]?.stringValue { take(url) }
      for mark in node["marks"]?.arrayValue ?? [] {
        if let href = mark["attrs"]?["href"]?.stringValue { take(href) }
      }
      if let text = node["text"]?.stringValue, Self.holdsAddress(text) { scan(text) }
      read(node["content"]?.arrayValue ?? [], depth: depth + 1)
    }
  }

  /// Whether `://` is in it, asked of its bytes: most descriptions are long and lead nowhere.
  private static func holdsAddress(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
        rest = rest[(colon + 1)...]
        if rest.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) { return true }
      }
      return false
    }
  }

  /// Words may stand right before an address, as in `[PAY-1|https://…]`.
  private mutating func scan(_ text: String) {
    for word in text.split(whereSeparator: { $0.isWhitespace || "|<>\"()[]".contains($0) }) {
      for start in ["https://", "http://"] {
        guard let range = word.firstRange(of: start) else { continue }
        take(String(word[range.lowerBound...]))
        break
      }
    }
  }

  private mutating func take(_ address: String) {
    guard address.hasPrefix("http"), !addresses.contains(address) else { return }
    addresses.append(address)
  }
}
