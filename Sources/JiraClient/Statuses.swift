import RESTClient

/// The statuses that issues of one type can have in a project.
package struct JiraTypeStatuses: Sendable, Decodable {
  package var issueTypeID: String
  package var issueType: String
  package var statuses: [JiraStatus]

  private enum CodingKeys: String, CodingKey { case id, name, statuses }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    issueTypeID = container.lenientText(.id) ?? ""
    issueType = container.lenientText(.name) ?? issueTypeID
    statuses = try container.decode([JiraStatus].self, forKey: .statuses)
  }
}

extension JiraClient {
  /// The statuses of the site's active workflows.
  package func statuses() async throws -> [JiraStatus] {
    let request = RESTClient.Request("GET", "/rest/api/3/status", endpoint: "status")
    return try await rest.decode([JiraStatus].self, request)
  }

  /// The statuses of a project, by issue type.
  ///
  /// - Throws: `RESTError` with status 404 for a project that is not there or may not be seen.
  package func statuses(project: String) async throws -> [JiraTypeStatuses] {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/project/\(RESTClient.encoded(project))/statuses",
      endpoint: "project/statuses")
    return try await rest.decode([JiraTypeStatuses].self, request)
  }
}
