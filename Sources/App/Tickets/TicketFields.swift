import JiraClient
import RESTClient

/// Builds Jira's `fields` object of a new issue, checked against what Jira says it needs. Pure.
enum TicketFields {
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
      let choice = PriorityChoice(requested: request.priority)
      if let priority = try choice.value(known["priority"], of: project) {
        fields["priority"] = priority
      }
    } catch let problem as Problem where !problem.fieldErrors.isEmpty {
      errors += problem.fieldErrors
    }
    if metadata.type.isSubtask, request.fields["parent"] == nil {
      errors.append(
        .init(
          pointer: "/fields/parent",
          detail: "\(metadata.name) is a sub-task type: give its parent, for example "
            + "{\"key\":\"\(project.key)-1\"}, or choose another `issue_type`."))
    }
    for key in request.fields.keys.sorted() where known[key] == nil {
      errors.append(
        .init(
          pointer: "/fields/\(key)",
          detail: "Jira has no such field for \(metadata.name) in \(project.key)."))
    }
    for field in metadata.fields where field.required && !field.hasDefaultValue {
      guard fields[field.key] == nil, field.key != "reporter",
        !(field.key == "parent" && metadata.type.isSubtask)
      else { continue }
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
}
