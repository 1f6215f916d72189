package import RESTClient

/// A document in the Atlassian Document Format: the text of descriptions and comments in REST v3.
/// Nodes are kept as they came, known or not, so that nothing is lost on the way back.
/// Source: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
package struct AtlassianDocument: Sendable, Equatable, Codable {
  private enum Source {
    case nodes([JSONValue])
    /// Of a page: its nodes are hardly ever asked for.
    case read(ReadDocument)
  }

  /// Jira's limit for a text field; how it counts ADF is not documented, so the whole encoded
  /// document is kept below it.
  package static let largestText = 32_767

  private var source: Source

  package var content: [JSONValue] {
    switch source {
    case .nodes(let nodes): nodes
    case .read(let read):
      (try? JSONReader.read(read.json) { try $0.value() })?["content"]?.arrayValue ?? []
    }
  }

  /// What the document says.
  var words: DocumentWords {
    switch source {
    case .nodes: DocumentWords(of: json)
    case .read(let read): read.words
    }
  }

  package init() { source = .nodes([]) }

  package init(content: [Block]) { source = .nodes(content.map(\.json)) }

  init(_ read: ReadDocument) { source = .read(read) }

  package init(from decoder: any Decoder) throws {
    guard let document = AtlassianDocument(json: try JSONValue(from: decoder)) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "is no document"))
    }
    self = document
  }

  /// nil for what is no document.
  init?(json value: JSONValue) {
    // Old samples and webhooks carry plain strings where a document is promised.
    if case .string(let text) = value {
      source = .nodes(Self.paragraphs(text))
      return
    }
    guard value["type"]?.stringValue == "doc" else { return nil }
    source = .nodes(value["content"]?.arrayValue ?? [])
  }

  package static func == (one: Self, other: Self) -> Bool { one.content == other.content }

  package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  package var json: JSONValue {
    .object(["version": .integer(1), "type": .string("doc"), "content": .array(content)])
  }

  package mutating func append(_ block: Block) { append([block.json]) }

  package mutating func append(contentsOf document: AtlassianDocument) { append(document.content) }

  private mutating func append(_ nodes: [JSONValue]) {
    var content = content
    source = .nodes([])  // or all that is there would be copied
    content += nodes
    source = .nodes(content)
  }

  /// Each line is a paragraph of its own.
  package init(plainText: String) { source = .nodes(Self.paragraphs(plainText)) }

  private static func paragraphs(_ text: String) -> [JSONValue] {
    text.split(whereSeparator: \.isNewline).map { Block.paragraph([.text(String($0))]).json }
  }

  /// The document, cut at the first block that would make it larger than Jira takes, with a note.
  package func limited(to limit: Int = largestText) -> AtlassianDocument {
    guard json.encoded().count > limit else { return self }
    let note = Block.paragraph([.text("… The rest was too long for Jira and is left out.")]).json
    var short = AtlassianDocument()
    var size = short.json.encoded().count + note.encoded().count + 1
    for block in content {
      size += block.encoded().count + 1
      guard size <= limit else { break }
      short.append([block])
    }
    short.append([note])
    return short
  }
}

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
    /// Rows of cells; the first cell of each is its heading.
    case table([[String]])
    /// `info`, `note`, `warning`, `success` or `error`.
    case panel(String, [Inline])

    package static func heading(_ level: Int, _ text: String) -> Block {
      .heading(level, [.text(text)])
    }

    package var json: JSONValue {
      switch self {
      case .paragraph(let inlines): Self.node("paragraph", inlines.map(\.json))
      case .heading(let level, let inlines):
        Self.node("heading", inlines.map(\.json), ["level": JSONValue(min(max(level, 1), 6))])
      case .bulletList(let items): Self.node("bulletList", items.map(Self.item))
      case .orderedList(let items): Self.node("orderedList", items.map(Self.item))
      case .codeBlock(let text, let language):
        Self.node(
          "codeBlock", Inline.text(text).isEmpty ? [] : [Inline.text(text).json],
          language.map { ["language": .string($0)] } ?? [:])
      case .quote(let inlines): Self.node("blockquote", [Block.paragraph(inlines).json])
      case .rule: .object(["type": .string("rule")])
      case .table(let rows): Self.node("table", rows.map(Self.row))
      case .panel(let type, let inlines):
        Self.node("panel", [Block.paragraph(inlines).json], ["panelType": .string(type)])
      }
    }

    private static func item(_ inlines: [Inline]) -> JSONValue {
      node("listItem", [Block.paragraph(inlines).json])
    }

    private static func row(_ cells: [String]) -> JSONValue {
      node(
        "tableRow",
        cells.enumerated().map { position, text in
          node(
            position == 0 ? "tableHeader" : "tableCell", [Block.paragraph([.text(text)]).json])
        })
    }

    private static func node(
      _ type: String, _ content: [JSONValue], _ attributes: [String: JSONValue] = [:]
    ) -> JSONValue {
      var node: [String: JSONValue] = ["type": .string(type), "content": .array(content)]
      if !attributes.isEmpty { node["attrs"] = .object(attributes) }
      return .object(node)
    }
  }

  package enum Inline: Sendable, Equatable {
    case text(String, marks: [String] = [])
    case link(String, String)
    case lineBreak

    /// Jira refuses an empty text node.
    var isEmpty: Bool { self == .text("") }

    package var json: JSONValue {
      switch self {
      case .text(let text, let marks):
        var node: [String: JSONValue] = [
          "type": .string("text"), "text": .string(text.isEmpty ? " " : text),
        ]
        if !marks.isEmpty {
          node["marks"] = .array(marks.map { .object(["type": .string($0)]) })
        }
        return .object(node)
      case .link(let text, let url):
        return .object([
          "type": .string("text"), "text": .string(text.isEmpty ? url : text),
          "marks": .array([
            .object(["type": .string("link"), "attrs": .object(["href": .string(url)])])
          ]),
        ])
      case .lineBreak: return .object(["type": .string("hardBreak")])
      }
    }
  }
}
