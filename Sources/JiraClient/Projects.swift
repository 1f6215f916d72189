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
    name = container.lenientText(.name) ?? key
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
  /// Those that could be read.
  package var projects: [JiraProject]
  /// Keys of the others.
  package var unreadable: [String]
  package var isLast: Bool
  package var total: Int?

  /// Projects on the page, read or not.
  package var count: Int { projects.count + unreadable.count }

  private enum CodingKeys: String, CodingKey { case values, isLast, total }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let values = try container.decode([Listed].self, forKey: .values)
    projects = values.compactMap { if case .project(let project) = $0 { project } else { nil } }
    unreadable = values.compactMap { if case .unreadable(let key) = $0 { key } else { nil } }
    isLast = container.optional(Bool.self, .isLast) ?? true
    total = container.optional(Int.self, .total)
  }

  /// One project that cannot be read must not hide the others.
  private enum Listed: Decodable {
    case project(JiraProject)
    case unreadable(String)

    private enum CodingKeys: String, CodingKey { case id, key }

    init(from decoder: any Decoder) throws {
      if let project = try? JiraProject(from: decoder) {
        self = .project(project)
      } else {
        let container = try? decoder.container(keyedBy: CodingKeys.self)
        self = .unreadable(
          container?.lenientText(.key) ?? container?.lenientText(.id) ?? "a project without id")
      }
    }
  }
}

extension JiraClient {
  /// Projects in a list at most.
  package static let maxProjectIDs = 50

  /// Projects that the account may see, live ones and archived ones.
  ///
  /// - Parameter startAt: how many to pass over.
  package func projects(startAt: Int) async throws -> JiraProjectPage {
    try await projects(
      [
        ("startAt", String(startAt)), ("expand", "description,lead"), ("status", "live"),
        ("status", "archived"),
      ])
  }

  /// Those of some projects, live or archived, that the account may browse now.
  ///
  /// - Parameter ids: at most `maxProjectIDs`.
  package func browsableProjects(_ ids: [Int64]) async throws -> Set<Int64> {
    let page = try await projects(
      [("action", "browse"), ("status", "live"), ("status", "archived")]
        + ids.map { ("id", String($0)) })
    return Set(page.projects.map(\.id)).intersection(ids)
  }

  /// Those of some projects that are in the trash, as far as the account may see it.
  ///
  /// - Parameter ids: at most `maxProjectIDs`.
  package func trashedProjects(_ ids: [Int64]) async throws -> Set<Int64> {
    let page = try await projects([("status", "deleted")] + ids.map { ("id", String($0)) })
    return Set(page.projects.map(\.id)).intersection(ids)
  }

  private func projects(_ query: [(String, String)]) async throws -> JiraProjectPage {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/search",
      query: [("maxResults", "50"), ("orderBy", "key")] + query, endpoint: "project/search")
    return try await rest.decode(JiraProjectPage.self, request)
  }

  /// Whether a project shows signs of issue security: levels that the account may set, or issues with one.
  ///
  /// - Throws: `RESTError`, also where Jira does not tell.
  package func hasSecurityLevels(project id: Int64) async throws -> Bool {
    struct Answer: Decodable { var levels: [JSONValue]? }
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/\(id)/securitylevel", endpoint: "project/securitylevel")
    return try await !(rest.decode(Answer.self, request).levels ?? []).isEmpty
  }

  /// Whether the account sees an issue with a security level in a project.
  ///
  /// - Throws: `RESTError`, also where Jira does not tell.
  package func hasSecuredIssues(project id: Int64) async throws -> Bool {
    let jql = JQL.and(.equals("project", .number(id)), .isSet("level")).text
    return try await !searchIDs(jql: jql, maxResults: 1).issues.isEmpty
  }

  /// - Parameter idOrKey: numeric id or key.
  package func project(_ idOrKey: String) async throws -> JiraProject {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/\(RESTClient.encoded(idOrKey))", endpoint: "project")
    return try await rest.decode(JiraProject.self, request)
  }
}
