import Foundation
import RESTClient

/// The site's records as the REST API writes them.
struct JiraJSON: Sendable {
  let baseURL: String

  func project(_ project: SandboxJiraProject) -> JSONValue {
    .object([
      "self": .string("\(baseURL)/rest/api/3/project/\(project.id)"),
      "id": .string(String(project.id)), "key": .string(project.key), "name": .string(project.name),
      "description": .string("The team of \(project.name)."),
      "projectTypeKey": .string("software"), "simplified": .bool(false),
      "style": .string("classic"), "isPrivate": .bool(false), "archived": .bool(false),
      "lead": SandboxPerson.all[0].json,
      "avatarUrls": .object(["48x48": .string("\(baseURL)/avatar/\(project.id)")]),
      "projectCategory": .object([
        "self": .string("\(baseURL)/rest/api/3/projectCategory/10000"), "id": .string("10000"),
        "name": .string("Products"), "description": .string(""),
      ]),
    ])
  }

  static let allFields = [
    "project", "summary", "description", "issuetype", "status", "statuscategorychangedate",
    "resolution", "priority", "assignee", "reporter", "labels", "components", "fixVersions",
    "created", "updated", "resolutiondate",
  ]

  /// - Parameter fields: names, `*all` or `*navigable`; empty is none, as in search.
  func issue(_ issue: SandboxJiraIssue, in state: JiraState, fields: [String]) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .string(String(issue.id)), "key": .string(issue.key),
      "self": .string("\(baseURL)/rest/api/3/issue/\(issue.id)"), "expand": .string("names,schema"),
    ]
    let wanted = names(fields, issue)
    guard !wanted.isEmpty else { return .object(object) }
    var values: [String: JSONValue] = [:]
    for name in wanted { values[name] = value(name, issue, state) }
    object["fields"] = .object(values)
    return .object(object)
  }

  private func names(_ fields: [String], _ issue: SandboxJiraIssue) -> [String] {
    if fields.contains("*all") || fields.contains("*navigable") {
      return Self.allFields + Array(issue.fields.keys)
    }
    return fields.filter { $0 != "id" && $0 != "key" }
  }

  private func value(_ name: String, _ issue: SandboxJiraIssue, _ state: JiraState) -> JSONValue? {
    switch name {
    case "project": return state.projects[issue.projectID].map(project)
    case "summary": return .string(issue.summary)
    case "description":
      return issue.description ?? (issue.isSeeded ? JiraSeed.description(of: issue) : .null)
    case "issuetype": return JiraCatalog.type(issue.typeID)
    case "status": return state.status(of: issue).json
    case "statuscategorychangedate": return .string(SandboxTime.jira(issue.categoryChanged))
    case "resolution":
      return issue.resolution.map { JiraCatalog.named("resolution", JiraCatalog.resolutions, $0) }
        ?? .null
    case "priority":
      return issue.priorityID.map { JiraCatalog.named("priority", JiraCatalog.priorities, $0) }
        ?? .null
    case "assignee":
      return SandboxPerson.all.first { $0.accountID == issue.assignee }?.json ?? .null
    case "reporter": return SandboxPerson.all[0].json
    case "labels": return .array(issue.labels.map(JSONValue.string))
    case "components", "fixVersions": return .array([])
    case "created": return .string(SandboxTime.jira(issue.created))
    case "updated": return .string(SandboxTime.jira(issue.updated))
    case "resolutiondate": return issue.resolved.map { .string(SandboxTime.jira($0)) } ?? .null
    default: return issue.fields[name]
    }
  }

  func comment(_ comment: SandboxComment, of issueID: Int64) -> JSONValue {
    .object([
      "self": .string("\(baseURL)/rest/api/3/issue/\(issueID)/comment/\(comment.id)"),
      "id": .string(String(comment.id)), "author": SandboxPerson.all[0].json,
      "updateAuthor": SandboxPerson.all[0].json, "body": comment.body,
      "created": .string(SandboxTime.jira(comment.created)),
      "updated": .string(SandboxTime.jira(comment.created)), "jsdPublic": .bool(true),
    ])
  }

  func transition(_ transition: Workflow.Transition, _ workflow: Workflow, withFields: Bool)
    -> JSONValue
  {
    var object: [String: JSONValue] = [
      "id": .string(transition.id), "name": .string(transition.name),
      "to": workflow.status(transition.to).json, "hasScreen": .bool(transition.needsResolution),
      "isGlobal": .bool(transition.from == nil), "isInitial": .bool(false),
      "isConditional": .bool(false), "isAvailable": .bool(true), "isLooped": .bool(false),
    ]
    if withFields {
      object["fields"] = .object(
        transition.needsResolution
          ? [
            "resolution": Self.field(
              "resolution", "Resolution", type: "resolution", required: true,
              allowed: JiraCatalog.resolutions.map {
                JiraCatalog.named("resolution", JiraCatalog.resolutions, $0.id)
              })
          ]
          : [:])
    }
    return .object(object)
  }

  static func field(
    _ key: String, _ name: String, type: String, required: Bool, hasDefault: Bool = false,
    allowed: [JSONValue] = []
  ) -> JSONValue {
    var object: [String: JSONValue] = [
      "key": .string(key), "fieldId": .string(key), "name": .string(name),
      "required": .bool(required), "hasDefaultValue": .bool(hasDefault),
      "operations": .array([.string("set")]),
      "schema": .object(["type": .string(type), "system": .string(key)]),
    ]
    if !allowed.isEmpty { object["allowedValues"] = .array(allowed) }
    return .object(object)
  }
}
