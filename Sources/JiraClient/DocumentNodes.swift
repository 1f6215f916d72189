import RESTClient

/// The nodes of a document in the order of its text, read from its bytes without building a tree: what
/// a node is often stands behind what it holds, so its words wait here until all of it was met.
struct DocumentNodes {
  struct Node {
    var type = DocumentNodeType.other
    /// Of a text node: where its words are, in `words`.
    var words: Range<Int>?
    /// Where its attributes begin.
    var attributes: Int?
    /// Whether they have a `url`.
    var hasAddress = false
    /// Where its marks begin, if one has attributes.
    var marks: Int?
    /// Those from the one behind it up to here are within it.
    var end = 0
  }

  private(set) var nodes: [Node] = []
  private(set) var words: [UInt8] = []
  private(set) var isDocument = false
  private var place = 0..<0

  /// Reads the value that comes next, in place of what was read before.
  ///
  /// - Returns: the text, if it is a string: old samples and webhooks carry one where a document is
  ///   promised.
  mutating func read(_ reader: inout JSONReader) throws -> String? {
    nodes.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    isDocument = false
    guard reader.isAtObject() else { return try reader.string() }
    let start = reader.position
    try reader.object { name, reader in
      switch name {
      case "type":
        isDocument = false
        try reader.text { if case "doc" = $0 { isDocument = true } }
      case "content": try readContent(of: nil, &reader)
      default: try reader.skip()
      }
    }
    place = start..<reader.position
    return nil
  }

  func json(_ reader: JSONReader) -> [UInt8] { reader.bytes(at: place) }

  /// - Parameter index: of the node that it is the content of; nil: of the document.
  private mutating func readContent(of index: Int?, _ reader: inout JSONReader) throws {
    // Of members given twice the last one counts.
    let known = index.map { $0 + 1 } ?? 0
    if nodes.count > known { nodes.removeSubrange(known...) }
    try reader.array { try readNode(&$0) }
  }

  private mutating func readNode(_ reader: inout JSONReader) throws {
    var node = Node()
    let index = nodes.count
    nodes.append(node)
    try reader.object { name, reader in
      switch name {
      case "text": node.words = try readWords(&reader)
      case "type":
        node.type = .other
        try reader.text { node.type = DocumentNodeType($0) }
      case "content": try readContent(of: index, &reader)
      case "attrs":
        node.attributes = reader.position
        node.hasAddress = false
        try reader.object { name, reader in
          if case "url" = name { node.hasAddress = true }
          try reader.skip()
        }
      case "marks":
        node.marks = nil
        let start = reader.position
        try reader.array { reader -> Void in
          try reader.object { name, reader in
            if case "attrs" = name { node.marks = start }
            try reader.skip()
          }
        }
      default: try reader.skip()
      }
    }
    node.end = nodes.count
    nodes[index] = node
  }

  private mutating func readWords(_ reader: inout JSONReader) throws -> Range<Int>? {
    let start = words.count
    let isText = try reader.text { words.append(contentsOf: $0.bytes) }
    return isText ? start..<words.count : nil
  }
}

/// What a node's type means for the document's words.
enum DocumentNodeType {
  case text, lineBreak, rule, label, emoji, date, inlineCard, card, media, expand
  /// Ends a line, as do rules, cards and expands.
  case block
  case cell
  case other

  init(_ name: JSONReader.Text) {
    switch name {
    case "text": self = .text
    case "paragraph", "heading", "listItem", "codeBlock", "tableRow", "taskItem", "decisionItem",
      "mediaSingle", "mediaGroup", "caption", "panel", "blockquote":
      self = .block
    case "hardBreak": self = .lineBreak
    case "rule": self = .rule
    case "mention", "status", "placeholder": self = .label
    case "emoji": self = .emoji
    case "date": self = .date
    case "inlineCard": self = .inlineCard
    case "blockCard", "embedCard": self = .card
    case "media", "mediaInline": self = .media
    case "expand", "nestedExpand": self = .expand
    case "tableCell", "tableHeader": self = .cell
    default: self = .other
    }
  }

  var endsLine: Bool {
    switch self {
    case .block, .rule, .card, .expand: true
    default: false
    }
  }
}
