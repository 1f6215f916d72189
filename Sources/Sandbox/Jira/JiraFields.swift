import Foundation
import RESTClient

struct JiraFieldErrors: Error {
  var errors: [String: String]
  /// What is wrong without a field to say it of.
  var messages: [String] = []
}

/// Checks and applies the fields of a create or an edit, as Jira does.
enum JiraFields {
  static func make(
    _ fields: [String: JSONValue], in state: inout JiraState, _ settings: JiraSiteSettings
  ) throws(JiraFieldErrors) -> SandboxJiraIssue {
    let reference = fields["project"]
    let name = reference?["id"]?.stringValue ?? reference?["key"]?.stringValue ?? ""
    guard let project = state.project(name) else {
      throw JiraFieldErrors(errors: ["project": "valid project is required"])
    }
    var errors: [String: String] = [:]
    let type = settings.types(of: project.id).first {
      $0.id == fields["issuetype"]?["id"]?.stringValue
        || settings.name($0.name) == fields["issuetype"]?["name"]?.stringValue
    }
    if type == nil { errors["issuetype"] = "Specify a valid issue type" }
    if let type, settings.isSubtask(type) {
      let parent = fields["parent"]?["id"]?.stringValue ?? fields["parent"]?["key"]?.stringValue
      if parent == nil {
        errors["issuetype"] = "Issue type is a sub-task but parent issue key or id not specified."
      } else if state.issue(parent ?? "") == nil {
        errors["parent"] = "Could not find issue by id or key."
      }
    }
    if !settings.refusedWords.isEmpty, let text = fields["description"]?.encoded(),
      String(decoding: text, as: UTF8.self).contains(settings.refusedWords)
    {
      errors["description"] = "'\(settings.refusedWords)' may not be used here."
    }
    if fields["summary"] == nil { errors["summary"] = "You must specify a summary of the issue." }
    if let required = project.requiredField, fields[required] == nil {
      errors[required] = "\(JiraFieldCatalog.name(of: required)) is required."
    }
    errors.merge(check(fields, project)) { first, _ in first }
    guard errors.isEmpty, let type else { throw JiraFieldErrors(errors: errors) }
    try checkDocument(fields)
    let now = Date()
    var issue = SandboxJiraIssue(
      id: state.makeID(), key: "\(project.key)-\(project.nextNumber)", projectID: project.id,
      summary: "", typeID: type.id, statusID: project.workflow.statuses[0].id,
      priorityID: project.hasPriority ? "3" : nil, created: now, updated: now, categoryChanged: now)
    issue.isHidden = project.hidesNewIssues
    set(fields, on: &issue)
    state.projects[project.id]?.nextNumber += 1
    return issue
  }

  static func apply(
    _ fields: [String: JSONValue], to id: Int64, in state: inout JiraState,
    by author: String = SandboxPerson.service
  ) throws(JiraFieldErrors) {
    guard let issue = state.issues[id], let project = state.projects[issue.projectID] else {
      return
    }
    var errors = check(fields, project)
    if fields["status"] != nil {
      errors["status"] =
        "Field 'status' cannot be set. It is not on the appropriate screen, or unknown."
    }
    guard errors.isEmpty else { throw JiraFieldErrors(errors: errors) }
    try checkDocument(fields)
    state.update(id, by: author) { set(fields, on: &$0) }
  }

  private static let known: Set = [
    "project", "issuetype", "summary", "description", "labels", "priority", "assignee", "reporter",
    "status", "parent",
  ]

  private static func check(_ fields: [String: JSONValue], _ project: SandboxJiraProject)
    -> [String: String]
  {
    var errors: [String: String] = [:]
    for name in fields.keys
    where project.offScreen.contains(name)
      || !known.contains(name)
        && name != project.requiredField
        && !project.workflow.transitions.contains(where: { $0.required.contains(name) })
    {
      errors[name] =
        "Field '\(name)' cannot be set. It is not on the appropriate screen, or unknown."
    }
    if let summary = fields["summary"]?.stringValue {
      if summary.allSatisfy(\.isWhitespace) {
        errors["summary"] = "You must specify a summary of the issue."
      }
      if summary.utf16.count > 255 { errors["summary"] = "Summary can't exceed 255 characters." }
      if summary.contains(where: \.isNewline) {
        errors["summary"] = "The summary is invalid because it contains newline characters."
      }
    }
    for label in fields["labels"]?.arrayValue ?? [] {
      guard let label = label.stringValue, !label.isEmpty, label.utf16.count <= 255,
        !label.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.properties.isWhitespace })
      else {
        errors["labels"] =
          "The label '\(label.stringValue ?? "")' contains spaces which is invalid."
        continue
      }
    }
    if let priority = fields["priority"], priority != .null {
      let isKnown = JiraCatalog.priorities.contains {
        $0.id == priority["id"]?.stringValue || $0.name == priority["name"]?.stringValue
      }
      if !project.hasPriority {
        errors["priority"] =
          "Field 'priority' cannot be set. It is not on the appropriate screen, or unknown."
      } else if !isKnown {
        errors["priority"] = "The priority selected is invalid."
      }
    }
    if let account = fields["assignee"]?["accountId"]?.stringValue,
      !SandboxPerson.all.contains(where: { $0.accountID == account })
    {
      errors["assignee"] = "User '\(account)' cannot be assigned issues."
    }
    return errors
  }

  private static func checkDocument(_ fields: [String: JSONValue]) throws(JiraFieldErrors) {
    guard let description = fields["description"], description != .null,
      let refusal = JiraDocumentCheck.refusal(of: description)
    else { return }
    throw refusal.errors(of: "description")
  }

  private static func set(_ fields: [String: JSONValue], on issue: inout SandboxJiraIssue) {
    if let summary = fields["summary"]?.stringValue { issue.summary = summary }
    if let description = fields["description"] { issue.description = description }
    if let labels = fields["labels"]?.arrayValue { issue.labels = labels.compactMap(\.stringValue) }
    if let priority = fields["priority"] {
      issue.priorityID =
        JiraCatalog.priorities.first {
          $0.id == priority["id"]?.stringValue || $0.name == priority["name"]?.stringValue
        }?.id ?? issue.priorityID
    }
    if let assignee = fields["assignee"] { issue.assignee = assignee["accountId"]?.stringValue }
    for (name, value) in fields where name.hasPrefix("customfield") || name == "parent" {
      issue.fields[name] = value
    }
  }

  /// What the verbs of an `update` make of a field: of the labels `add`, `remove` and `set`, of any
  /// other one `set`. Comments are no field.
  static func resolve(_ update: JSONValue?, on issue: SandboxJiraIssue) -> [String: JSONValue] {
    guard case .object(let update)? = update else { return [:] }
    var fields: [String: JSONValue] = [:]
    for (name, verbs) in update where name != "comment" {
      for verb in verbs.arrayValue ?? [] {
        let items = fields[name]?.arrayValue ?? issue.labels.map(JSONValue.string)
        if let value = verb["set"] {
          fields[name] = value
        } else if name == "labels", let label = verb["add"] {
          fields[name] = .array(items.filter { $0 != label } + [label])
        } else if name == "labels", let label = verb["remove"] {
          fields[name] = .array(items.filter { $0 != label })
        }
      }
    }
    return fields
  }

  /// The texts of new comments in an `update`.
  static func comments(_ update: JSONValue?) -> [JSONValue] {
    (update?["comment"]?.arrayValue ?? []).compactMap { $0["add"]?["body"] }
  }
}
