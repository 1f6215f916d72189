import RESTClient

/// Checks a document as Jira does: it takes it as it is or refuses it, and hardly says why.
enum JiraDocumentCheck {
  enum Refusal: Error {
    case notADocument, invalid, unsupportedText, tooLong
  }

  /// Jira's limit for a text field. How it counts a document is not documented; the whole of it is the
  /// strictest of what was reported.
  static let maxUnits = 32_767

  /// - Returns: what Jira would refuse the document for; nil for a good one.
  static func refusal(of document: JSONValue) -> Refusal? {
    guard document["type"] == "doc", document["version"]?.wholeNumber == 1,
      document["content"]?.arrayValue != nil
    else { return .notADocument }
    if String(decoding: document.encoded(), as: UTF8.self).utf16.count > maxUnits {
      return .tooLong
    }
    do throws(Refusal) {
      try check(document, within: nil)
      return nil
    } catch {
      return error
    }
  }

  private static func check(_ node: JSONValue, within parent: String?) throws(Refusal) {
    guard case .object(let members) = node, let type = node["type"]?.stringValue,
      let rule = JiraDocumentRules.nodes[type]
    else { throw .invalid }
    let known: Set = ["type", "attrs", "content", "marks", "text", "version"]
    let hasOthers = members.keys.contains { !known.contains($0) }
    let hasText =
      type == "text" ? node["text"]?.stringValue?.isEmpty == false : members["text"] == nil
    guard !hasOthers, hasText, (members["version"] == nil) != (type == "doc") else {
      throw .invalid
    }
    if type == "text" { try checkText(node, within: parent) } else { try checkMarks(node) }
    try checkAttributes(node, type, rule)
    guard let allowed = rule.content else {
      if members["content"] != nil { throw .invalid }
      return
    }
    let children = members["content"].map { $0.arrayValue } ?? []
    guard let children, children.count >= rule.minContent else { throw .invalid }
    if type == "listItem", let first = children.first?["type"]?.stringValue,
      ["bulletList", "orderedList"].contains(first)
    {
      throw .invalid
    }
    for child in children {
      guard let childType = child["type"]?.stringValue, allowed.contains(childType) else {
        throw .invalid
      }
      try check(child, within: type)
    }
  }

  private static func checkText(_ node: JSONValue, within parent: String?) throws(Refusal) {
    let text = node["text"]?.stringValue ?? ""
    if parent == "heading", text.contains(where: \.isNewline) { throw .invalid }
    let isUnsupported = text.unicodeScalars.contains { scalar in
      scalar.value < 0x20 && !["\t", "\n", "\r"].contains(scalar)
        || scalar.value & 0xFFFE == 0xFFFE
    }
    if isUnsupported { throw .unsupportedText }
    guard let marks = node["marks"] else { return }
    guard let marks = marks.arrayValue, parent != "codeBlock" || marks.isEmpty else {
      throw .invalid
    }
    var types: Set<String> = []
    for mark in marks {
      guard let type = mark["type"]?.stringValue, let required = JiraDocumentRules.marks[type],
        types.insert(type).inserted
      else { throw .invalid }
      for name in required {
        guard let value = mark["attrs"]?[name], value != .null, value != "" else { throw .invalid }
      }
    }
    if types.contains("code"), !types.isSubset(of: JiraDocumentRules.besideCode) { throw .invalid }
  }

  private static func checkMarks(_ node: JSONValue) throws(Refusal) {
    guard let marks = node["marks"] else { return }
    guard let marks = marks.arrayValue else { throw .invalid }
    for mark in marks {
      guard let type = mark["type"]?.stringValue, JiraDocumentRules.blockMarks.contains(type) else {
        throw .invalid
      }
    }
  }

  private static func checkAttributes(
    _ node: JSONValue, _ type: String, _ rule: JiraDocumentRules.Node
  ) throws(Refusal) {
    var attributes: [String: JSONValue] = [:]
    if let given = node["attrs"] {
      guard case .object(let object) = given else { throw .invalid }
      attributes = object
    }
    guard rule.required.isSubset(of: attributes.keys) else { throw .invalid }
    if let allowed = rule.attributes, !Set(attributes.keys).isSubset(of: allowed) { throw .invalid }
    switch type {
    case "heading":
      guard let level = attributes["level"]?.wholeNumber, (1...6).contains(level) else {
        throw .invalid
      }
    case "panel":
      guard let panel = attributes["panelType"]?.stringValue,
        JiraDocumentRules.panels.contains(panel)
      else { throw .invalid }
    case "codeBlock":
      if let language = attributes["language"], language.stringValue == nil { throw .invalid }
    default: break
    }
  }
}

extension JiraDocumentCheck.Refusal {
  /// In Jira's words.
  ///
  /// - Parameter field: the field that holds the document.
  func errors(of field: String) -> JiraFieldErrors {
    switch self {
    case .notADocument:
      JiraFieldErrors(errors: [
        field:
          "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
      ])
    case .invalid: JiraFieldErrors(errors: [:], messages: ["INVALID_INPUT"])
    case .unsupportedText:
      JiraFieldErrors(
        errors: [:],
        messages: [
          "We can't create this issue for you right now, it could be due to unsupported content "
            + "you've entered into one or more of the issue fields. If this situation persists, "
            + "contact your administrator as they'll be able to access more specific information "
            + "in the log file."
        ])
    case .tooLong: JiraFieldErrors(errors: [field: "CONTENT_LIMIT_EXCEEDED"])
    }
  }
}
