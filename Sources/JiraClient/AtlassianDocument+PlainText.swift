import RESTClient

extension AtlassianDocument {
  /// The document's words: blocks on lines of their own, cells of a row separated by tabs.
  package var plainText: String {
    var writer = PlainTextWriter()
    writer.write(content)
    return writer.text.trimmed
  }
}

private struct PlainTextWriter {
  /// Nodes that end a line.
  static let blocks: Set = [
    "paragraph", "heading", "codeBlock", "rule", "tableRow", "listItem", "taskItem",
    "decisionItem", "blockCard", "embedCard", "mediaSingle", "mediaGroup", "caption", "panel",
    "blockquote", "expand", "nestedExpand",
  ]
  /// Deepest nesting that is read; Jira's own editor makes a fraction of it.
  static let deepest = 100

  var text = ""

  mutating func write(_ nodes: [JSONValue], depth: Int = 0) {
    guard depth < Self.deepest else { return }
    for node in nodes { write(node, depth: depth) }
  }

  private mutating func write(_ node: JSONValue, depth: Int) {
    let type = node["type"]?.stringValue ?? ""
    let attributes = node["attrs"]
    switch type {
    case "text": text += node["text"]?.stringValue ?? ""
    case "hardBreak": text += "\n"
    case "rule": text += "---"
    case "mention", "status", "placeholder": text += attributes?["text"]?.stringValue ?? ""
    case "emoji":
      text += attributes?["text"]?.stringValue ?? attributes?["shortName"]?.stringValue ?? ""
    case "date": text += attributes?["timestamp"].flatMap(Self.day) ?? ""
    case "inlineCard", "blockCard", "embedCard": text += attributes?["url"]?.stringValue ?? ""
    case "media", "mediaInline": text += attributes?["alt"]?.stringValue ?? ""
    case "expand", "nestedExpand":
      if let title = attributes?["title"]?.stringValue, !title.isEmpty { text += title + "\n" }
    default: break
    }
    write(node["content"]?.arrayValue ?? [], depth: depth + 1)
    if type == "tableCell" || type == "tableHeader" {
      if text.hasSuffix("\n") { text.removeLast() }
      text += "\t"
    } else if Self.blocks.contains(type), !text.hasSuffix("\n") {
      text += "\n"
    }
  }

  /// Milliseconds since 1970, as text or number, as a day.
  private static func day(_ value: JSONValue) -> String? {
    guard let milliseconds = value.wholeNumber ?? value.stringValue.flatMap({ Int($0) }) else {
      return nil
    }
    return isoDay(milliseconds: milliseconds)
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
