import Foundation

extension AtlassianDocument {
  /// Markdown as people write it in notes and comments: paragraphs, headings, lists, fenced code,
  /// quotes, rules; bold, italic, code and links inside. Everything else stays as it is written.
  package init(markdown: String) { self.init(content: Self.blocks(markdown: markdown)) }

  package static func blocks(markdown: String) -> [Block] {
    var reader = MarkdownReader(
      lines: markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline))
    return reader.blocks()
  }
}

private struct MarkdownReader {
  typealias Block = AtlassianDocument.Block
  typealias Inline = AtlassianDocument.Inline

  let lines: [Substring]
  var position = 0

  init(lines: [Substring]) { self.lines = lines }

  mutating func blocks() -> [Block] {
    var blocks: [Block] = []
    while let line = current {
      if line.isEmpty {
        position += 1
      } else {
        blocks.append(block(line))
      }
    }
    return blocks
  }

  private var current: String? {
    position < lines.count ? String(lines[position]).trimmed : nil
  }

  private mutating func block(_ line: String) -> Block {
    if line.hasPrefix("```") { return code(line) }
    if line.count >= 3,
      ["-", "*", "_"].contains(where: { mark in line.allSatisfy { "\($0)" == mark } })
    {
      position += 1
      return .rule
    }
    if let heading = Self.heading(line) {
      position += 1
      return heading
    }
    if Self.bullet(line) != nil { return .bulletList(items(Self.bullet)) }
    if Self.number(line) != nil { return .orderedList(items(Self.number)) }
    if line.hasPrefix(">") { return .quote(joined(items(Self.quoted))) }
    return .paragraph(joined(items { Self.isStart($0) ? nil : $0 }))
  }

  private mutating func code(_ fence: String) -> Block {
    position += 1
    var text: [Substring] = []
    while position < lines.count, current?.hasPrefix("```") != true {
      text.append(lines[position])
      position += 1
    }
    position += 1
    let language = fence.dropFirst(3).trimmingPrefix(" ")
    return .codeBlock(
      text.joined(separator: "\n"), language: language.isEmpty ? nil : String(language))
  }

  /// The following lines that `content` takes, as inline content.
  private mutating func items(_ content: (String) -> String?) -> [[Inline]] {
    var items: [[Inline]] = []
    while let line = current, !line.isEmpty, let text = content(line) {
      items.append(InlineMarkdown.parse(text))
      position += 1
    }
    return items
  }

  private func joined(_ lines: [[Inline]]) -> [Inline] {
    Array(lines.joined(separator: [.lineBreak]))
  }

  private static func isStart(_ line: String) -> Bool {
    line.hasPrefix("```") || line.hasPrefix(">") || heading(line) != nil || bullet(line) != nil
      || number(line) != nil
  }

  private static func heading(_ line: String) -> Block? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level), line.dropFirst(level).hasPrefix(" ") else { return nil }
    return .heading(level, InlineMarkdown.parse(String(line.dropFirst(level)).trimmed))
  }

  private static func bullet(_ line: String) -> String? {
    for mark in ["- ", "* ", "+ "] where line.hasPrefix(mark) { return String(line.dropFirst(2)) }
    return nil
  }

  private static func number(_ line: String) -> String? {
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    guard (1...9).contains(digits.count) else { return nil }
    let rest = line.dropFirst(digits.count)
    return rest.hasPrefix(". ") || rest.hasPrefix(") ") ? String(rest.dropFirst(2)) : nil
  }

  private static func quoted(_ line: String) -> String? {
    line.hasPrefix(">") ? String(line.dropFirst()).trimmed : nil
  }
}

/// Bold, italic, code and links inside a line.
private enum InlineMarkdown {
  typealias Inline = AtlassianDocument.Inline

  static func parse(_ text: String) -> [Inline] {
    var inlines: [Inline] = []
    var plain = ""
    var rest = Substring(text)
    func flush() {
      if !plain.isEmpty { inlines.append(.text(plain)) }
      plain = ""
    }
    while let first = rest.first {
      if let (inline, length) = special(rest) {
        flush()
        inlines.append(inline)
        rest = rest.dropFirst(length)
      } else {
        plain.append(first)
        rest = rest.dropFirst()
      }
    }
    flush()
    return inlines
  }

  private static func special(_ text: Substring) -> (Inline, Int)? {
    for (mark, name) in [
      ("`", "code"), ("**", "strong"), ("__", "strong"), ("*", "em"), ("_", "em"),
    ]
    where text.hasPrefix(mark) {
      let inside = text.dropFirst(mark.count)
      guard let end = inside.range(of: mark), end.lowerBound > inside.startIndex else { return nil }
      let content = inside[..<end.lowerBound]
      guard content.first?.isWhitespace == false, content.last?.isWhitespace == false else {
        return nil
      }
      return (.text(String(content), marks: [name]), content.count + 2 * mark.count)
    }
    return link(text)
  }

  private static let maxAddressCharacters = 2_000

  /// Links of http and https only: others would be a way to plant a script.
  private static func link(_ text: Substring) -> (Inline, Int)? {
    guard text.first == "[" else { return nil }
    // As far as the next bracket and no further, so that many of them take no longer than few.
    let label = text.dropFirst().prefix { $0 != "]" && $0 != "[" }
    let rest = text[label.endIndex...]
    guard rest.hasPrefix("]("),
      let end = rest.prefix(maxAddressCharacters).firstIndex(of: ")")
    else { return nil }
    let url = rest[..<end].dropFirst(2)
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
    return (
      .link(String(label), String(url)), text.distance(from: text.startIndex, to: end) + 1
    )
  }
}
