package import RESTClient

package struct JiraIssueType: Sendable, Decodable {
  package var id: String
  /// In the account's language.
  package var name: String
  package var untranslatedName: String?
  package var isSubtask: Bool
  /// 0 is standard, -1 a sub-task, 1 and above an epic and what is above it.
  package var hierarchyLevel: Int

  package var isStandard: Bool { !isSubtask && hierarchyLevel == 0 }

  private enum CodingKeys: String, CodingKey {
    case id, name, untranslatedName, subtask, hierarchyLevel
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id) ?? ""
    name = try container.decode(String.self, forKey: .name)
    untranslatedName = container.lenientText(.untranslatedName)
    isSubtask = container.optional(Bool.self, .subtask) ?? false
    // A site that leaves it out has no more than these levels.
    let isEpic = (untranslatedName ?? name) == "Epic"
    hierarchyLevel =
      container.optional(Int.self, .hierarchyLevel) ?? (isSubtask ? -1 : isEpic ? 1 : 0)
  }
}

/// A field of a create or transition screen.
package struct JiraField: Sendable, Decodable {
  package var key: String
  package var name: String
  package var required: Bool
  package var hasDefaultValue: Bool
  /// For example `string`, `priority`, `array`.
  package var type: String?
  package var allowedValues: [JSONValue]
  /// nil: none, or Jira keeps it to itself.
  package var defaultValue: JSONValue?

  private enum CodingKeys: String, CodingKey {
    case key, fieldId, name, required, hasDefaultValue, schema, allowedValues
    case defaultValue
  }
  private struct Schema: Decodable { var type: String? }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    key = container.lenientText(.key) ?? container.lenientText(.fieldId) ?? ""
    name = container.lenientText(.name) ?? key
    required = container.optional(Bool.self, .required) ?? false
    hasDefaultValue = container.optional(Bool.self, .hasDefaultValue) ?? false
    type = container.optional(Schema.self, .schema)?.type
    allowedValues = container.optional([JSONValue].self, .allowedValues) ?? []
    defaultValue = container.optional(JSONValue.self, .defaultValue)
    if defaultValue == .null { defaultValue = nil }
  }
}

extension JiraClient {
  /// Most items a page of create-metadata holds.
  private static let metadataPage = 200
  /// A site that gives the same page again and again is not followed further.
  private static let maxMetadataPages = 50

  /// The issue types this account may create in a project.
  package func createMetadataIssueTypes(project: String) async throws -> [JiraIssueType] {
    struct Answer: Decodable {
      var issueTypes: [JiraIssueType]?
      var total: Int?
    }
    let path = "/rest/api/3/issue/createmeta/\(RESTClient.encoded(project))/issuetypes"
    return try await pages(path, endpoint: "createmeta", Answer.self) { ($0.issueTypes, $0.total) }
  }

  /// The fields of the create screen of one issue type.
  package func createMetadataFields(project: String, issueTypeID: String) async throws
    -> [JiraField]
  {
    struct Answer: Decodable {
      var fields: [JiraField]?
      var total: Int?
    }
    let path =
      "/rest/api/3/issue/createmeta/\(RESTClient.encoded(project))/issuetypes/"
      + RESTClient.encoded(issueTypeID)
    return try await pages(path, endpoint: "createmeta", Answer.self) { ($0.fields, $0.total) }
  }

  private func pages<Answer: Decodable, Item>(
    _ path: String, endpoint: String, _: Answer.Type,
    _ items: (Answer) -> (items: [Item]?, total: Int?)
  ) async throws -> [Item] {
    var all: [Item] = []
    for _ in 0..<Self.maxMetadataPages {
      let request = RESTClient.Request(
        "GET", path,
        query: [("startAt", String(all.count)), ("maxResults", String(Self.metadataPage))],
        endpoint: endpoint)
      let page = items(try await rest.decode(Answer.self, request))
      let found = page.items ?? []
      all += found
      if found.isEmpty { return all }
      if let total = page.total, all.count >= total { return all }
    }
    return all
  }

  /// The site's priorities; a project's own choice is in its create-metadata.
  package func priorities() async throws -> [String] {
    struct Answer: Decodable { var values: [Named] }
    let request = RESTClient.Request(
      "GET", "/rest/api/3/priority/search", query: [("maxResults", "100")],
      endpoint: "priority/search")
    return try await rest.decode(Answer.self, request).values.map(\.name)
  }

  /// People an issue of the project can be assigned to.
  package func assignableUsers(project: String, query: String) async throws -> [JiraAccount] {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/user/assignable/search",
      query: [("project", project), ("query", query), ("maxResults", "50")],
      endpoint: "user/assignable/search")
    return try await rest.decode([JiraAccount].self, request)
  }
}
