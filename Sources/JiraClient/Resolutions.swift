import RESTClient

/// How an issue was completed. Names are in the account's language; ids are not.
package struct JiraResolution: Sendable, Decodable, Equatable {
  package var id: String
  package var name: String

  private enum CodingKeys: String, CodingKey { case id, name }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    id = container.lenientText(.id) ?? ""
  }
}

extension JiraClient {
  /// The site's resolutions.
  /// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/
  package func resolutions() async throws -> [JiraResolution] {
    struct Answer: Decodable {
      var values: [JiraResolution]
      var isLast: Bool?
    }
    var found: [JiraResolution] = []
    while true {
      let request = RESTClient.Request(
        "GET", "/rest/api/3/resolution/search",
        query: [("startAt", String(found.count)), ("maxResults", "50")],
        endpoint: "resolution/search")
      let page = try await rest.decode(Answer.self, request)
      found += page.values
      if page.isLast ?? true || page.values.isEmpty { return found }
    }
  }
}
