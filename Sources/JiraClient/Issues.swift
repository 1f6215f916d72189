package import Foundation
package import RESTClient

package struct JiraStatus: Sendable, Decodable, Equatable {
  package var id: String
  package var name: String
  /// `new`, `indeterminate` or `done`; Jira also knows `undefined`.
  package var categoryKey: String

  private enum CodingKeys: String, CodingKey { case id, name, statusCategory }
  private struct Category: Decodable { var key: String }

  package init(id: String, name: String, categoryKey: String) {
    self.id = id
    self.name = name
    self.categoryKey = categoryKey
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id) ?? ""
    name = try container.decode(String.self, forKey: .name)
    categoryKey = container.optional(Category.self, .statusCategory)?.key ?? "undefined"
  }
}

/// One issue. Fields that were not asked for are empty.
package struct JiraIssue: Sendable, Decodable {
  package var id: Int64
  package var key: String
  package var projectID: Int64?
  package var projectKey: String?
  package var summary: String
  package var description: AtlassianDocument?
  package var issueType: String?
  package var status: JiraStatus
  /// When the status category changed last.
  package var statusCategoryChanged: Date?
  package var resolution: String?
  package var priority: String?
  package var assignee: JiraAccount?
  package var reporter: JiraAccount?
  package var labels: [String]
  package var components: [String]
  package var fixVersions: [String]
  package var created: Date
  package var updated: Date
  package var resolutionDate: Date?

  private enum CodingKeys: String, CodingKey { case id, key, fields }
  private enum Fields: String, CodingKey {
    case project, summary, description, issuetype, status, statuscategorychangedate, resolution
    case priority, assignee, reporter, labels, components, fixVersions, created, updated
    case resolutiondate
  }
  private struct Project: Decodable {
    var id: String?
    var key: String?
  }

  /// All other fields are empty.
  init(id: Int64, key: String, status: JiraStatus, updated: Date) {
    self.id = id
    self.key = key
    self.status = status
    self.updated = updated
    created = updated
    summary = ""
    (labels, components, fixVersions) = ([], [], [])
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.lenientInt64(.id)
    key = try container.decode(String.self, forKey: .key)
    let fields = try container.nestedContainer(keyedBy: Fields.self, forKey: .fields)
    let project = fields.optional(Project.self, .project)
    projectID = project?.id.flatMap { Int64($0) }
    projectKey = project?.key
    summary = fields.lenientText(.summary) ?? ""
    description = fields.optional(AtlassianDocument.self, .description)
    issueType = fields.optional(Named.self, .issuetype)?.name
    status = try fields.decode(JiraStatus.self, forKey: .status)
    statusCategoryChanged = Self.date(fields, .statuscategorychangedate)
    resolution = fields.optional(Named.self, .resolution)?.name
    priority = fields.optional(Named.self, .priority)?.name
    assignee = fields.optional(JiraAccount.self, .assignee)
    reporter = fields.optional(JiraAccount.self, .reporter)
    labels = fields.optional([String].self, .labels) ?? []
    components = (fields.optional([Named].self, .components) ?? []).map(\.name)
    fixVersions = (fields.optional([Named].self, .fixVersions) ?? []).map(\.name)
    updated = try Self.requiredDate(fields, .updated)
    created = Self.date(fields, .created) ?? updated
    resolutionDate = Self.date(fields, .resolutiondate)
  }

  private static func date(_ fields: KeyedDecodingContainer<Fields>, _ key: Fields) -> Date? {
    fields.lenientText(key).flatMap(VendorTimestamp.parse)
  }

  private static func requiredDate(_ fields: KeyedDecodingContainer<Fields>, _ key: Fields) throws
    -> Date
  {
    let text = try fields.decode(String.self, forKey: key)
    guard let date = VendorTimestamp.parse(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: fields, debugDescription: "'\(text)' is no time")
    }
    return date
  }
}

package struct JiraCreatedIssue: Sendable, Decodable, Equatable {
  package var id: String
  package var key: String

  package init(id: String, key: String) {
    self.id = id
    self.key = key
  }
}

extension JiraClient {
  /// - Parameter idOrKey: numeric id or key; a moved issue is found by its old key too.
  package func issue(_ idOrKey: String, fields: [String]) async throws -> JiraIssue {
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey), query: [("fields", fields.joined(separator: ","))],
      endpoint: "issue")
    return try await rest.decode(JiraIssue.self, request)
  }

  /// What an issue's fields hold, as Jira writes it; empty ones may be missing.
  ///
  /// - Parameter fields: keys.
  package func fieldValues(_ idOrKey: String, _ fields: [String]) async throws
    -> [String: JSONValue]
  {
    struct Answer: Decodable { var fields: [String: JSONValue]? }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey), query: [("fields", fields.joined(separator: ","))],
      endpoint: "issue")
    return try await rest.decode(Answer.self, request).fields ?? [:]
  }

  /// Changes fields; the status is moved by `transition` only. Done twice it is as done once, so it is
  /// sent again when its answer is lost.
  package func editIssue(_ idOrKey: String, fields: [String: JSONValue]) async throws {
    let body = JSONValue.object(["fields": .object(fields)])
    _ = try await rest.send(
      RESTClient.Request(
        "PUT", Self.path(idOrKey), body: body.encoded(), endpoint: "issue", isRepeatable: true,
        changing: idOrKey, waitsForOtherChanges: true))
  }

  /// ≤ 100 issues by id or key, read past the search index; moved ones are followed, so an answer's key or project
  /// may be another than was known.
  ///
  /// - Parameter fields: must hold `status` and `updated`.
  package func bulkFetch(_ idsOrKeys: [String], fields: [String]) async throws -> JiraBulkAnswer {
    guard !idsOrKeys.isEmpty else { return JiraBulkAnswer() }
    let body = JSONValue.object([
      "issueIdsOrKeys": .array(idsOrKeys.map(JSONValue.string)),
      "fields": .array(fields.map(JSONValue.string)),
    ])
    let request = RESTClient.Request(
      "POST", "/rest/api/3/issue/bulkfetch", body: body.encoded(), endpoint: "issue/bulkfetch",
      isRepeatable: true)
    let response = try await rest.send(request)
    do {
      return try JiraBulkAnswer(reading: response.body)
    } catch {
      throw rest.malformed(response, request, error)
    }
  }

  /// Those of ≤ 100 issues that Jira gives and that can be read.
  package func issues(_ idsOrKeys: [String], fields: [String]) async throws -> [JiraIssue] {
    try await bulkFetch(idsOrKeys, fields: fields).issues
  }

  static func path(_ idOrKey: String, _ rest: String = "") -> String {
    "/rest/api/3/issue/\(RESTClient.encoded(idOrKey))\(rest)"
  }
}

/// An issue that exists; nothing else was asked of it.
package struct JiraIssueReference: Sendable, Decodable {
  package var id: Int64
  package var key: String?

  private enum CodingKeys: String, CodingKey { case id, key }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.lenientInt64(.id)
    key = container.lenientText(.key)
  }
}
