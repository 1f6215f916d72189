/// What Atlassian's document format allows where, as far as anyone writes it by hand.
/// Source: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ and the JSON
/// schema that it links to.
enum JiraDocumentRules {
  struct Node: Sendable {
    /// Types of what it may hold; nil: it holds nothing.
    var content: Set<String>?
    var minContent = 0
    /// Names of its attributes; nil: they are not looked at.
    var attributes: Set<String>? = []
    var required: Set<String> = []
  }

  private static let inline: Set = [
    "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder",
    "inlineExtension", "mediaInline",
  ]
  private static let lists: Set = ["bulletList", "orderedList"]
  private static let inCells: Set = [
    "paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "panel", "rule",
    "mediaSingle", "mediaGroup", "decisionList", "taskList", "blockCard", "embedCard", "extension",
    "nestedExpand",
  ]
  private static let cell = Node(
    content: inCells, minContent: 1,
    attributes: ["colspan", "rowspan", "colwidth", "background", "localId"])
  private static let inPanels = lists.union([
    "paragraph", "heading", "codeBlock", "blockCard", "mediaGroup", "mediaSingle", "rule",
    "decisionList", "taskList",
  ])
  private static let inExpands = inCells.union(["table"]).subtracting(["nestedExpand"])

  static let nodes: [String: Node] = [
    "doc": Node(
      content: inExpands.union(["expand", "bodiedExtension", "layoutSection"])),
    "paragraph": Node(content: inline, attributes: ["localId"]),
    "heading": Node(content: inline, attributes: ["level", "localId"], required: ["level"]),
    "bulletList": Node(content: ["listItem"], minContent: 1, attributes: ["localId"]),
    "orderedList": Node(content: ["listItem"], minContent: 1, attributes: ["order", "localId"]),
    "listItem": Node(
      content: lists.union(["paragraph", "codeBlock", "mediaSingle"]), minContent: 1,
      attributes: ["localId"]),
    "codeBlock": Node(content: ["text"], attributes: ["language", "uniqueId", "localId"]),
    "blockquote": Node(
      content: lists.union(["paragraph", "codeBlock", "mediaSingle", "mediaGroup"]), minContent: 1,
      attributes: ["localId"]),
    "panel": Node(
      content: inPanels, minContent: 1,
      attributes: [
        "panelType", "panelIcon", "panelIconId", "panelIconText", "panelColor", "localId",
      ], required: ["panelType"]),
    "rule": Node(attributes: ["localId"]),
    "table": Node(
      content: ["tableRow"], minContent: 1,
      attributes: ["isNumberColumnEnabled", "layout", "localId", "width", "displayMode"]),
    "tableRow": Node(content: ["tableCell", "tableHeader"], attributes: ["localId"]),
    "tableCell": cell, "tableHeader": cell,
    "expand": Node(content: inExpands, minContent: 1, attributes: ["title", "localId"]),
    "nestedExpand": Node(
      content: [
        "paragraph", "heading", "mediaSingle", "mediaGroup", "codeBlock", "bulletList",
        "orderedList", "taskList", "decisionList", "rule", "panel", "blockquote",
      ], minContent: 1, attributes: ["title", "localId"]),
    "text": Node(), "hardBreak": Node(attributes: ["text", "localId"]),
    "mention": Node(attributes: nil, required: ["id"]),
    "emoji": Node(attributes: nil, required: ["shortName"]),
    "date": Node(attributes: nil, required: ["timestamp"]),
    "status": Node(attributes: nil, required: ["text", "color"]),
    "inlineCard": Node(attributes: nil), "blockCard": Node(attributes: nil),
    "embedCard": Node(attributes: nil, required: ["url", "layout"]),
    "placeholder": Node(attributes: nil, required: ["text"]),
    "inlineExtension": Node(attributes: nil), "extension": Node(attributes: nil),
    "bodiedExtension": Node(content: inExpands, minContent: 1, attributes: nil),
    "layoutSection": Node(content: ["layoutColumn"], attributes: nil),
    "layoutColumn": Node(
      content: inExpands.union(["expand"]), minContent: 1, attributes: nil, required: ["width"]),
    "mediaSingle": Node(content: ["media", "caption"], minContent: 1, attributes: nil),
    "mediaGroup": Node(content: ["media"], minContent: 1, attributes: nil),
    "media": Node(attributes: nil, required: ["type"]), "mediaInline": Node(attributes: nil),
    "caption": Node(content: inline, attributes: nil),
    "taskList": Node(
      content: ["taskItem", "taskList"], minContent: 1, attributes: nil, required: ["localId"]),
    "taskItem": Node(content: inline, attributes: nil, required: ["localId", "state"]),
    "decisionList": Node(
      content: ["decisionItem"], minContent: 1, attributes: nil, required: ["localId"]),
    "decisionItem": Node(content: inline, attributes: nil, required: ["localId", "state"]),
  ]

  static let panels: Set = ["info", "note", "tip", "warning", "error", "success", "custom"]

  /// Marks of words, and the attributes that each must have.
  static let marks: [String: Set<String>] = [
    "strong": [], "em": [], "code": [], "strike": [], "underline": [], "link": ["href"],
    "subsup": ["type"], "textColor": ["color"], "backgroundColor": ["color"],
    "annotation": ["id", "annotationType"], "border": ["size", "color"],
  ]
  /// Marks of blocks.
  static let blockMarks: Set = [
    "alignment", "indentation", "breakout", "dataConsumer", "fragment", "link", "border",
    "annotation", "unsupportedMark", "unsupportedNodeAttribute",
  ]
  /// What words of code may also be.
  static let besideCode: Set = ["code", "link", "annotation"]
}
