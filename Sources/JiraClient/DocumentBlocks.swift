package import RESTClient

extension AtlassianDocument {
  package indirect enum Block: Sendable, Equatable {
    case paragraph([Inline])
    /// Level 1 to 6.
    case heading(Int, [Inline])
    case bulletList([[Inline]])
    case orderedList([[Inline]])
    case codeBlock(String, language: String? = nil)
    case quote([Inline])
    case rule
    case table(Table)
    /// `info`, `note`, `warning`, `success` or `error`.
    case panel(String, [Inline])

    package static func heading(_ level: Int, _ text: String) -> Block {
      .heading(level, [.text(text)])
    }
  }

  package struct Table: Sendable, Equatable {
    package enum Heading: Sendable { case firstColumn, firstRow }

    package var heading: Heading
    /// Of the columns, in pixels; Jira's own is 760 wide in all.
    package var widths: [Int]
    /// Rows of cells.
    package var rows: [[[Inline]]]

    package init(heading: Heading, widths: [Int], rows: [[[Inline]]]) {
      self.heading = heading
      self.widths = widths
      self.rows = rows
    }
  }

  package enum Inline: Sendable, Equatable {
    /// Line breaks in it are kept where the place takes them.
    case text(String, marks: [String] = [])
    case link(String, String)
    case lineBreak

    package var text: String {
      switch self {
      case .text(let text, _), .link(let text, _): text
      case .lineBreak: ""
      }
    }
  }
}

extension AtlassianDocument.Block {
  /// Jira refuses a list without items and a table without rows.
  var isValid: Bool {
    switch self {
    case .bulletList(let items), .orderedList(let items): !items.isEmpty
    case .table(let table): table.rows.contains { !$0.isEmpty }
    default: true
    }
  }

  package var json: JSONValue {
    switch self {
    case .paragraph(let inlines): Self.paragraph(inlines)
    case .heading(let level, let inlines):
      Self.node(
        "heading", inlines.flatMap { $0.nodes(breaksLines: false) },
        ["level": JSONValue(min(max(level, 1), 6))])
    case .bulletList(let items): Self.node("bulletList", items.map(Self.item))
    case .orderedList(let items): Self.node("orderedList", items.map(Self.item))
    case .codeBlock(let text, let language): Self.code(text.withoutControls, language)
    case .quote(let inlines): Self.node("blockquote", [Self.paragraph(inlines)])
    case .rule: .object(["type": .string("rule")])
    case .table(let table): Self.node("table", Self.rows(table))
    case .panel(let type, let inlines):
      Self.node("panel", [Self.paragraph(inlines)], ["panelType": .string(type)])
    }
  }

  private static func paragraph(_ inlines: [AtlassianDocument.Inline]) -> JSONValue {
    node("paragraph", inlines.flatMap { $0.nodes(breaksLines: true) })
  }

  private static func code(_ text: String, _ language: String?) -> JSONValue {
    node(
      "codeBlock", text.isEmpty ? [] : [["type": .string("text"), "text": .string(text)]],
      language.map { ["language": .string($0.onOneLine)] } ?? [:])
  }

  private static func item(_ inlines: [AtlassianDocument.Inline]) -> JSONValue {
    node("listItem", [paragraph(inlines)])
  }

  private static func rows(_ table: AtlassianDocument.Table) -> [JSONValue] {
    table.rows.filter { !$0.isEmpty }.enumerated().map { row, cells in
      node(
        "tableRow",
        cells.enumerated().map { column, inlines in
          let isHeading = table.heading == .firstRow ? row == 0 : column == 0
          // The first row's widths are the table's.
          let width = row == 0 && table.widths.indices.contains(column) ? table.widths[column] : nil
          return node(
            isHeading ? "tableHeader" : "tableCell", [paragraph(inlines)],
            width.map { ["colwidth": [JSONValue($0)]] } ?? [:])
        })
    }
  }

  private static func node(
    _ type: String, _ content: [JSONValue], _ attributes: [String: JSONValue] = [:]
  ) -> JSONValue {
    var node: [String: JSONValue] = ["type": .string(type), "content": .array(content)]
    if !attributes.isEmpty { node["attrs"] = .object(attributes) }
    return .object(node)
  }
}

extension AtlassianDocument.Inline {
  /// Jira refuses an empty text node, so an empty text is none.
  ///
  /// - Parameter breaksLines: whether the place takes line breaks; a heading does not.
  func nodes(breaksLines: Bool) -> [JSONValue] {
    switch self {
    case .text(let text, let marks):
      return Self.nodes(
        text.withoutControls, marks.map { .object(["type": .string($0)]) }, breaksLines)
    case .link(let text, let url):
      let label = text.onOneLine
      guard let url = Self.address(url) else { return Self.nodes(label, [], breaksLines) }
      let mark: JSONValue = [
        "type": .string("link"), "attrs": .object(["href": .string(url)]),
      ]
      return Self.nodes(label.isEmpty ? url : label, [mark], breaksLines)
    case .lineBreak:
      return breaksLines ? [.object(["type": .string("hardBreak")])] : Self.nodes(" ", [], false)
    }
  }

  private static func nodes(_ text: String, _ marks: [JSONValue], _ breaksLines: Bool)
    -> [JSONValue]
  {
    var nodes: [JSONValue] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if index > 0 {
        nodes += AtlassianDocument.Inline.lineBreak.nodes(breaksLines: breaksLines)
      }
      guard !line.isEmpty else { continue }
      var node: [String: JSONValue] = ["type": .string("text"), "text": .string(String(line))]
      if !marks.isEmpty { node["marks"] = .array(marks) }
      nodes.append(.object(node))
    }
    return nodes
  }

  /// Links of http and https only: others would be a way to plant a script.
  private static func address(_ url: String) -> String? {
    let url = url.withoutControls.trimmed
    guard url.hasPrefix("https://") || url.hasPrefix("http://"),
      !url.contains(where: \.isWhitespace)
    else { return nil }
    return url
  }
}
