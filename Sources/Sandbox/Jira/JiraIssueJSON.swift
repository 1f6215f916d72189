import Foundation
import RESTClient

/// An issue as the REST API writes it.
extension JiraJSON {
  static let allFields = [
    "project", "summary", "description", "issuetype", "status", "statuscategorychangedate",
    "resolution", "priority", "assignee", "reporter", "labels", "components", "fixVersions",
    "created", "updated", "resolutiondate",
  ]

  /// - Parameters:
  ///   - fields: names, `*all` or `*navigable`; empty is none, as in search.
  ///   - properties: keys of properties to show, or `*all`.
  func issue(
    _ issue: SandboxJiraIssue, in state: JiraState, fields: [String], properties: [String] = []
  ) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .string(String(issue.id)), "key": .string(issue.key),
      "self": .string("\(baseURL)/rest/api/3/issue/\(issue.id)"),
      "expand":
        "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
    ]
    if !properties.isEmpty {
      object["properties"] = .object(
        issue.properties.filter { properties.contains($0.key) || properties.contains("*all") })
    }
    let wanted = names(fields, issue)
    guard !wanted.isEmpty else { return .object(object) }
    var values: [String: JSONValue] = [:]
    for name in wanted { values[name] = value(name, issue, state) }
    object["fields"] = .object(values)
    return .object(object)
  }

  /// A name with a minus before it is left out.
  private func names(_ fields: [String], _ issue: SandboxJiraIssue) -> [String] {
    let unwanted = fields.filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
    var names = fields.filter { $0 != "id" && $0 != "key" && !$0.hasPrefix("-") }
    if fields.contains("*all") || fields.contains("*navigable")
      || (!unwanted.isEmpty && names.isEmpty)
    {
      names = Self.allFields + issue.fields.keys.sorted()
    }
    return names.filter { name in !unwanted.contains { $0 == name } }
  }

  func value(_ name: String, _ issue: SandboxJiraIssue, _ state: JiraState) -> JSONValue? {
    switch name {
    case "project": return state.projects[issue.projectID].map { project($0) }
    case "summary": return .string(issue.summary)
    case "description":
      return issue.description ?? (issue.isSeeded ? JiraSeed.description(of: issue) : .null)
    case "issuetype": return type(issue.typeID)
    case "status": return status(state.status(of: issue))
    case "statuscategorychangedate": return .string(SandboxTime.jira(issue.categoryChanged))
    case "resolution": return issue.resolution.map(resolution) ?? .null
    case "priority": return issue.priorityID.map(priority) ?? .null
    case "assignee": return issue.assignee.map(person) ?? .null
    case "reporter": return person(issue.reporter)
    case "labels": return .array(issue.labels.map(JSONValue.string))
    case "components", "fixVersions": return []
    case "created": return .string(SandboxTime.jira(issue.created))
    case "updated": return .string(SandboxTime.jira(issue.updated))
    case "resolutiondate": return issue.resolved.map { .string(SandboxTime.jira($0)) } ?? .null
    case "comment":
      let all = state.comments[issue.id] ?? []
      return [
        "comments": .array(all.map { comment($0, of: issue.id) }),
        "self": .string("\(baseURL)/rest/api/3/issue/\(issue.id)/comment"),
        "maxResults": JSONValue(all.count), "total": JSONValue(all.count), "startAt": 0,
      ]
    default: return issue.fields[name]
    }
  }
}
