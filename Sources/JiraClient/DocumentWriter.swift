import Foundation
import RESTClient

/// Writes a document's words, and notes the addresses that it meets.
struct DocumentWriter {
  /// Deepest nesting that is read; Jira's own editor makes a fraction of it.
  static let deepest = 100

  private let nodes: DocumentNodes
  private let reader: JSONReader
  private var text: [UInt8] = []
  private(set) var addresses: [String] = []

  /// - Parameter reader: of the text that the nodes were read from.
  init(_ nodes: DocumentNodes, _ reader: JSONReader) {
    self.nodes = nodes
    self.reader = reader
    text.reserveCapacity(nodes.words.count + nodes.nodes.count)
  }

  mutating func write() { write(nodes.nodes.indices, depth: 0) }

  private mutating func write(_ range: Range<Int>, depth: Int) {
    guard depth < Self.deepest else { return }
    var index = range.lowerBound
    while index < range.upperBound {
      let node = nodes.nodes[index]
      noteAddresses(of: node)
      writeWords(of: node)
      if node.end > index + 1 { write(index + 1..<node.end, depth: depth + 1) }
      if node.type == .cell {
        if endsLine { text.removeLast(text.suffix(2).first == UInt8(ascii: "\r") ? 2 : 1) }
        append("\t")
      } else if node.type.endsLine, !endsLine {
        append("\n")
      }
      index = node.end
    }
  }

  private var endsLine: Bool { text.last == UInt8(ascii: "\n") }

  private mutating func append(_ words: String) { text.append(contentsOf: words.utf8) }

  private mutating func writeWords(of node: DocumentNodes.Node) {
    switch node.type {
    case .text: if let words = node.words { text.append(contentsOf: nodes.words[words]) }
    case .lineBreak: append("\n")
    case .rule: append("---")
    case .label: append(attribute("text", of: node) ?? "")
    case .emoji: append(attribute("text", of: node) ?? attribute("shortName", of: node) ?? "")
    case .date: append(attributes(of: node)?["timestamp"].flatMap(Self.day) ?? "")
    case .inlineCard, .card: append(attribute("url", of: node) ?? "")
    case .media: append(attribute("alt", of: node) ?? "")
    case .expand:
      if let title = attribute("title", of: node), !title.isEmpty { append(title + "\n") }
    case .block, .cell, .other: break
    }
  }

  /// Few nodes' attributes are words: they are read once more.
  private func attributes(of node: DocumentNodes.Node) -> JSONValue? {
    node.attributes.flatMap { try? reader.value(at: $0) }
  }

  private func attribute(_ name: String, of node: DocumentNodes.Node) -> String? {
    attributes(of: node)?[name]?.stringValue
  }

  /// Milliseconds since 1970, as text or number, as a day.
  private static func day(_ value: JSONValue) -> String? {
    guard let milliseconds = value.wholeNumber ?? value.stringValue.flatMap({ Int($0) }) else {
      return nil
    }
    return isoDay(milliseconds: milliseconds)
  }

  /// Only where a byte at an end is not ASCII it takes Unicode to know what is white space.
  var trimmedText: String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    guard text[first] < 0x80, text[last] < 0x80 else {
      return String(decoding: text, as: UTF8.self).trimmed
    }
    return String(decoding: text[first...last], as: UTF8.self)
  }
}

extension DocumentWriter {
  private mutating func noteAddresses(of node: DocumentNodes.Node) {
    if node.hasAddress, let url = attribute("url", of: node) { take(url) }
    if let marks = node.marks, case .array(let marks)? = try? reader.value(at: marks) {
      for mark in marks { if let href = mark["attrs"]?["href"]?.stringValue { take(href) } }
    }
    if let words = node.words, holdsAddress(words) {
      scan(String(decoding: nodes.words[words], as: UTF8.self))
    }
  }

  /// Whether `://` is in it, asked of its bytes: most descriptions are long and lead nowhere.
  private func holdsAddress(_ words: Range<Int>) -> Bool {
    nodes.words.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(rebasing: bytes[words])
      while let base = rest.baseAddress, let colon = memchr(base, 0x3A, rest.count) {
        rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(colon) - base + 1)...])
        if rest.starts(with: [0x2F, 0x2F]) { return true }
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
