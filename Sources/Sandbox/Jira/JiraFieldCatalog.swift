import RESTClient

/// The fields of the site: names, kinds, and who asks for them.
enum JiraFieldCatalog {
  struct Field: Sendable {
    var id: String
    var name: String
    /// For example `string`; of a list `array`.
    var type: String
    /// What a list holds.
    var items: String?
    var isOrderable = true

    var isCustom: Bool { id.hasPrefix("customfield_") }
  }

  static let severity = "customfield_10050"
  static let rootCause = "customfield_10060"

  static let all = [
    Field(id: "summary", name: "Summary", type: "string"),
    Field(id: "description", name: "Description", type: "string"),
    Field(id: "project", name: "Project", type: "project", isOrderable: false),
    Field(id: "issuetype", name: "Issue Type", type: "issuetype"),
    Field(id: "status", name: "Status", type: "status", isOrderable: false),
    Field(
      id: "statuscategorychangedate", name: "Status Category Changed", type: "datetime",
      isOrderable: false),
    Field(id: "resolution", name: "Resolution", type: "resolution"),
    Field(id: "resolutiondate", name: "Resolved", type: "datetime", isOrderable: false),
    Field(id: "priority", name: "Priority", type: "priority"),
    Field(id: "assignee", name: "Assignee", type: "user"),
    Field(id: "reporter", name: "Reporter", type: "user"),
    Field(id: "labels", name: "Labels", type: "array", items: "string"),
    Field(id: "components", name: "Components", type: "array", items: "component"),
    Field(id: "fixVersions", name: "Fix versions", type: "array", items: "version"),
    Field(id: "created", name: "Created", type: "datetime", isOrderable: false),
    Field(id: "updated", name: "Updated", type: "datetime", isOrderable: false),
    Field(id: "comment", name: "Comment", type: "comments-page"),
    Field(id: "parent", name: "Parent", type: "issuelink"),
    Field(id: severity, name: "Severity", type: "option"),
    Field(id: rootCause, name: "Root cause", type: "string"),
  ]

  static func name(of id: String) -> String { all.first { $0.id == id }?.name ?? id }

  static func schema(_ field: Field) -> JSONValue {
    var schema: [String: JSONValue] = ["type": .string(field.type)]
    if let items = field.items { schema["items"] = .string(items) }
    if field.isCustom {
      let kind = field.type == "option" ? "select" : "textfield"
      schema["custom"] = .string("com.atlassian.jira.plugin.system.customfieldtypes:\(kind)")
      schema["customId"] = Int64(field.id.dropFirst("customfield_".count)).map { .integer($0) }
    } else {
      schema["system"] = .string(field.id)
    }
    return .object(schema)
  }

  /// A line of `GET /field`.
  static func json(_ field: Field) -> JSONValue {
    let clause = field.isCustom ? "cf[\(field.id.dropFirst("customfield_".count))]" : field.id
    return [
      "id": .string(field.id), "key": .string(field.id), "name": .string(field.name),
      "custom": .bool(field.isCustom), "orderable": .bool(field.isOrderable), "navigable": true,
      "searchable": true,
      "clauseNames": field.isCustom
        ? [.string(clause), .string(field.name)] : [.string(clause)],
      "schema": schema(field),
    ]
  }

  /// A field of a create or transition screen.
  static func screen(
    _ id: String, required: Bool, hasDefault: Bool = false, _ json: JiraJSON
  ) -> JSONValue {
    let field = all.first { $0.id == id } ?? Field(id: id, name: id, type: "string")
    var object: [String: JSONValue] = [
      "key": .string(id), "name": .string(field.name),
      "required": .bool(required), "hasDefaultValue": .bool(hasDefault),
      "operations": field.type == "array" ? ["add", "set", "remove"] : ["set"],
      "schema": schema(field),
    ]
    object["allowedValues"] = allowedValues(id, json).map(JSONValue.array)
    return .object(object)
  }

  private static func allowedValues(_ id: String, _ json: JiraJSON) -> [JSONValue]? {
    switch id {
    case "priority": JiraCatalog.priorities.map { json.priority($0.id) }
    case "resolution": JiraCatalog.resolutions.map { json.resolution($0.id) }
    case severity:
      severities.enumerated().map { index, name in
        ["id": .string("\(10_100 + index)"), "value": .string(name)]
      }
    default: nil
    }
  }

  static let severities = ["Critical", "Major", "Minor"]
}
