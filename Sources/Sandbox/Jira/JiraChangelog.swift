import Foundation
import RESTClient

/// One act on an issue as its history shows it.
struct SandboxJiraChange: Sendable {
  struct Item: Sendable {
    /// For example `status`; shown in people's words for a few, as Jira does.
    var field: String
    var fieldID: String?
    var from: String?
    var fromText: String?
    var to: String?
    var toText: String?
  }

  var id: Int64
  var author: String
  var created: Date
  var items: [Item]
}

/// What differs between two states of an issue, in the words of Jira's history.
struct JiraDifference {
  let state: JiraState
  let before: SandboxJiraIssue
  let after: SandboxJiraIssue

  var items: [SandboxJiraChange.Item] {
    var items: [SandboxJiraChange.Item] = []
    func note(
      _ field: String, id: String?, _ from: (String?, String?), _ to: (String?, String?)
    ) {
      guard from != to else { return }
      items.append(
        .init(
          field: field, fieldID: id, from: from.0, fromText: from.1, to: to.0, toText: to.1))
    }
    note("Key", id: nil, (nil, before.key), (nil, after.key))
    note("project", id: "project", project(before), project(after))
    note("summary", id: "summary", (nil, before.summary), (nil, after.summary))
    note("status", id: "status", status(before), status(after))
    note("resolution", id: "resolution", resolution(before), resolution(after))
    note("priority", id: "priority", priority(before), priority(after))
    note("assignee", id: "assignee", person(before.assignee), person(after.assignee))
    note(
      "labels", id: "labels", (nil, before.labels.joined(separator: " ")),
      (nil, after.labels.joined(separator: " ")))
    if before.description != after.description {
      note("description", id: "description", (nil, text(before)), (nil, text(after)))
    }
    for name in Set(before.fields.keys).union(after.fields.keys).sorted() {
      note(
        JiraFieldCatalog.name(of: name), id: name, (nil, value(before.fields[name])),
        (nil, value(after.fields[name])))
    }
    return items
  }

  private func project(_ issue: SandboxJiraIssue) -> (String?, String?) {
    (String(issue.projectID), state.projects[issue.projectID]?.name)
  }

  private func status(_ issue: SandboxJiraIssue) -> (String?, String?) {
    (issue.statusID, state.status(of: issue).name)
  }

  private func resolution(_ issue: SandboxJiraIssue) -> (String?, String?) {
    (issue.resolution, JiraCatalog.resolutions.first { $0.id == issue.resolution }?.name)
  }

  private func priority(_ issue: SandboxJiraIssue) -> (String?, String?) {
    (issue.priorityID, JiraCatalog.priorities.first { $0.id == issue.priorityID }?.name)
  }

  private func person(_ account: String?) -> (String?, String?) {
    (account, SandboxPerson.all.first { $0.accountID == account }?.displayName)
  }

  private func text(_ issue: SandboxJiraIssue) -> String {
    JiraText.plain(issue.description ?? .null)
  }

  private func value(_ value: JSONValue?) -> String? {
    value?["value"]?.stringValue ?? value?.stringValue
  }
}

/// The words of a document, as the history and webhooks show them.
enum JiraText {
  static func plain(_ document: JSONValue) -> String {
    let inner = (document["content"]?.arrayValue ?? []).map(plain)
    let isBlock = document["type"]?.stringValue == "doc"
    return document["text"]?.stringValue ?? inner.joined(separator: isBlock ? "\n" : "")
  }

  /// A document of one paragraph.
  static func document(_ text: String) -> JSONValue {
    [
      "version": 1, "type": "doc",
      "content": [["type": "paragraph", "content": [["type": "text", "text": .string(text)]]]],
    ]
  }
}
