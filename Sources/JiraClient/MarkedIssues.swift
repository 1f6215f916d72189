package import RESTClient

/// An issue with what a program has marked it with.
package struct JiraMarkedIssue: Sendable, Decodable {
  package var id: Int64
  package var key: String
  package var labels: [String]
  /// By key; nil when the site left properties out of its answer.
  package var properties: [String: JSONValue]?

  private enum CodingKeys: String, CodingKey { case id, key, fields, properties }
  private struct Fields: Decodable { var labels: [String]? }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.lenientInt64(.id)
    key = try container.decode(String.self, forKey: .key)
    labels = container.optional(Fields.self, .fields)?.labels ?? []
    properties = container.optional([String: JSONValue].self, .properties)
  }
}

extension JQL {
  /// Issues with a remote link of one of ≤ 100 global ids.
  package static func linked(byGlobalIDs ids: [String]) -> JQL {
    JQL(
      text: "issue in issuesWithRemoteLinksByGlobalId("
        + ids.map(quoted).joined(separator: ", ") + ")")
  }

  package static func or(_ conditions: JQL...) -> JQL {
    JQL(text: "(" + conditions.map(\.text).joined(separator: " or ") + ")")
  }

  /// Issues that this account has created within so many minutes.
  package static func createdByUs(withinMinutes minutes: Int) -> JQL {
    JQL(text: "creator = currentUser() and created >= -\(max(1, minutes))m")
  }
}

extension JiraClient {
  /// A page of a search with labels and one property of each issue. The index lags by seconds to
  /// minutes.
  package func searchMarked(
    _ jql: String, property: String, maxResults: Int = 100, nextPageToken: String? = nil
  ) async throws -> (issues: [JiraMarkedIssue], nextPageToken: String?) {
    struct Answer: Decodable {
      var issues: [JiraMarkedIssue]
      var nextPageToken: String?
    }
    var body: [String: JSONValue] = [
      "jql": .string(jql), "fields": ["labels", "status", "updated"],
      "properties": [.string(property)], "maxResults": JSONValue(maxResults),
    ]
    if let nextPageToken { body["nextPageToken"] = .string(nextPageToken) }
    let request = RESTClient.Request(
      "POST", "/rest/api/3/search/jql", body: JSONValue.object(body).encoded(),
      endpoint: "search/jql", isRepeatable: true)
    let answer = try await rest.decode(Answer.self, request)
    return (answer.issues, answer.nextPageToken)
  }
}
