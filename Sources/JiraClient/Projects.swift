import RESTClient

package struct JiraProject: Sendable, Decodable {
  package var id: Int64
  package var key: String
  package var name: String
  package var description: String?
  package var projectTypeKey: String?
  package var categoryName: String?
  package var lead: JiraAccount?
  package var avatarURL: String?
  package var archived: Bool

  private enum CodingKeys: String, CodingKey {
    case id, key, name, description, projectTypeKey, projectCategory, lead, avatarUrls, archived
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.lenientInt64(.id)
    key = try container.decode(String.self, forKey: .key)
    name = try container.decode(String.self, forKey: .name)
    description = container.lenientText(.description).flatMap { $0.isEmpty ? nil : $0 }
    projectTypeKey = container.lenientText(.projectTypeKey)
    categoryName = container.optional(Named.self, .projectCategory)?.name
    lead = container.optional(JiraAccount.self, .lead)
    avatarURL = container.optional([String: String].self, .avatarUrls)?["48x48"]
    archived = container.optional(Bool.self, .archived) ?? false
  }
}

/// Anything that has a name.
struct Named: Decodable {
  var name: String
}

package struct JiraProjectPage: Sendable, Decodable {
  package var projects: [JiraProject]
  package var isLast: Bool
  package var total: Int?

  private enum CodingKeys: String, CodingKey {
    case projects = "values"
    case isLast, total
  }
}

extension JiraClient {
  /// Projects that the account may see, live ones and archived ones.
  ///
  /// - Parameter startAt: how many to pass over.
  package func projects(startAt: Int) async throws -> JiraProjectPage {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/search",
      query: [
        ("startAt", String(startAt)), ("maxResults", "50"), ("orderBy", "key"),
        ("expand", "description,lead"), ("status", "live"), ("status", "archived"),
      ], endpoint: "project/search")
    return try await rest.decode(JiraProjectPage.self, request)
  }

  /// - Parameter idOrKey: numeric id or key.
  package func project(_ idOrKey: String) async throws -> JiraProject {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/\(RESTClient.encoded(idOrKey))", endpoint: "project")
    return try await rest.decode(JiraProject.self, request)
  }
}
