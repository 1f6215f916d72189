import JiraClient
import RESTClient

/// Builds Jira's `fields` object of a new issue, checked against what Jira says it needs. Pure.
enum TicketFields {
  /// Issue types tried in turn when neither the request nor the project names one.
  static let preferredTypes = ["Bug", "Incident", "Task", "Story"]

  /// - Throws: a 422 that names the types there are.
  static func issueType(named name: String?, among types: [JiraIssueType]) throws -> JiraIssueType {
    let usable = types.filter { !$0.subtask }
    if let name {
      let wanted = name.lowercased()
      if let type = usable.first(where: { $0.name.lowercased() == wanted || $0.id == name }) {
        return type
      }
      throw Problem.invalid(
        "/issue_type",
        "The Jira project has no issue type '\(name)'; it has "
          + usable.map(\.name).joined(separator: ", ") + ".")
    }
    for name in preferredTypes {
      if let type = usable.first(where: { $0.name == name }) { return type }
    }
    guard let first = usable.first else {
      throw Problem.conflict(
        "no-issue-type", "This account may create no type of issue in the Jira project.")
    }
    return first
  }

  /// - Throws: a 422 that names each required field without a value and each that is not there.
  static func fields(
    draft: TicketDraft, request: TicketRequest, project: StoredJiraProject,
    metadata: IssueTypeMetadata
  ) throws -> [String: JSONValue] {
    let known = Dictionary(metadata.fields.map { ($0.key, $0) }) { first, _ in first }
    var fields = request.fields
    fields["project"] = .object(["id": .string(String(project.jiraID))])
    fields["issuetype"] = .object(["id": .string(metadata.id)])
    fields["summary"] = .string(draft.summary)
    fields["description"] = draft.description.json
    fields["labels"] = .array(draft.labels.map(JSONValue.string))
    if let account = request.assigneeAccountID {
      fields["assignee"] = .object(["accountId": .string(account)])
    }
    var errors: [Problem.FieldError] = []
    do {
      if let priority = try priority(
        request.priority ?? project.defaultPriority, known["priority"],
        isAsked: request.priority != nil)
      {
        fields["priority"] = priority
      }
    } catch let problem as Problem {
      errors += problem.fieldErrors
    }
    for key in request.fields.keys.sorted() where known[key] == nil {
      errors.append(
        .init(
          pointer: "/fields/\(key)",
          detail: "Jira has no such field for \(metadata.name) in \(project.key)."))
    }
    for field in metadata.fields where field.required && !field.hasDefaultValue {
      guard fields[field.key] == nil, field.key != "reporter" else { continue }
      let choices = field.allowedValues.prefix(20).compactMap { value -> String? in
        for name in ["name", "value"] { if case .string(let text)? = value[name] { return text } }
        return nil
      }
      let hint = choices.isEmpty ? "" : " Allowed: \(choices.joined(separator: ", "))."
      errors.append(
        .init(
          pointer: "/fields/\(field.key)",
          detail: "Jira requires '\(field.name)' for \(metadata.name) in \(project.key)." + hint))
    }
    guard errors.isEmpty else { throw Problem.invalid(errors) }
    // A screen without labels would refuse the whole ticket; the property still finds it again.
    if known["labels"] == nil { fields["labels"] = nil }
    if known["description"] == nil { fields["description"] = nil }
    return fields
  }

  /// - Returns: nil where the project has no priorities or none is wanted.
  private static func priority(_ name: String?, _ field: JiraField?, isAsked: Bool) throws
    -> JSONValue?
  {
    guard let name else { return nil }
    guard let field else {
      guard isAsked else { return nil }
      throw Problem.invalid("/priority", "The Jira project has no priority field; leave it out.")
    }
    let found = field.allowedValues.first {
      if case .string(let text)? = $0["name"] { return text.lowercased() == name.lowercased() }
      return false
    }
    if let id = found?["id"] { return .object(["id": id]) }
    let names = field.allowedValues.compactMap { value -> String? in
      if case .string(let text)? = value["name"] { return text } else { return nil }
    }
    guard isAsked else { return nil }
    throw Problem.invalid(
      "/priority",
      "Jira offers no priority '\(name)' here; it offers \(names.joined(separator: ", ")).")
  }
}
