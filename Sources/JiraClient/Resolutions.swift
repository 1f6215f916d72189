import RESTClient

extension JiraClient {
  /// The names of the site's resolutions.
  /// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-resolutions/
  package func resolutions() async throws -> [String] {
    struct Answer: Decodable {
      var values: [Named]
      var isLast: Bool?
    }
    var names: [String] = []
    while true {
      let request = RESTClient.Request(
        "GET", "/rest/api/3/resolution/search",
        query: [("startAt", String(names.count)), ("maxResults", "50")],
        endpoint: "resolution/search")
      let page = try await rest.decode(Answer.self, request)
      names += page.values.map(\.name)
      if page.isLast ?? true || page.values.isEmpty { return names }
    }
  }
}
