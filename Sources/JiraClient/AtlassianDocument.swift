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

  package init(content: [Block]) { source = .nodes(content.filter(\.isValid).map(\.json)) }

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
      source = AtlassianDocument(plainText: text).source
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

  package mutating func append(_ block: Block) {
    guard block.isValid else { return }
    var content = content
    source = .nodes([])  // or all that is there would be copied
    content.append(block.json)
    source = .nodes(content)
  }

  /// Each line is a paragraph of its own.
  package init(plainText: String) {
    self.init(
      content: plainText.split(whereSeparator: \.isNewline).map { .paragraph([.text(String($0))]) })
  }
}
