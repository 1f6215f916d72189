import JiraClient
import RESTClient

/// What Jira says a new issue of one type needs.
struct IssueTypeMetadata: Sendable {
  var id: String
  var name: String
  var isSubtask: Bool
  var fields: [JiraField]

  var json: JSONValue {
    .object([
      "id": .string(id), "name": .string(name), "subtask": .bool(isSubtask),
      "fields": .array(
        fields.map(Self.json)),
    ])
  }

  static func json(_ field: JiraField) -> JSONValue {
    .object([
      "key": .string(field.key), "name": .string(field.name), "required": .bool(field.required),
      "has_default": .bool(field.hasDefaultValue), "type": JSONValue(field.type),
      "allowed_values": .array(field.allowedValues),
    ])
  }
}

enum CreateMetadata {
  /// Every issue type of the project with its fields, as Jira states them now: one request, and one
  /// more a type.
  static func load(project: StoredJiraProject, client: JiraClient) async throws
    -> [IssueTypeMetadata]
  {
    var types: [IssueTypeMetadata] = []
    for type in try await client.createMetadataIssueTypes(project: String(project.jiraID)) {
      types.append(try await load(type, project: project, client: client))
    }
    return types
  }

  static func load(_ type: JiraIssueType, project: StoredJiraProject, client: JiraClient)
    async throws
    -> IssueTypeMetadata
  {
    let fields = try await client.createMetadataFields(
      project: String(project.jiraID), issueTypeID: type.id)
    return IssueTypeMetadata(
      id: type.id, name: type.name, isSubtask: type.subtask, fields: fields)
  }
}
