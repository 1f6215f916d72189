import RESTClient

/// One page of a search. There is no total (VENDOR: "no total, no startAt").
package struct JiraSearchPage: Sendable, Decodable {
  package var issues: [JiraIssue]
  package internal(set) var unreadable: [UnreadableJiraIssue] = []
  /// nil on the last page.
  package var nextPageToken: String?
  /// Whether Jira says that there is more, and not where.
  package internal(set) var isCut = false
  /// What Jira sent for it.
  package internal(set) var bytes = 0

  private enum CodingKeys: String, CodingKey { case issues, nextPageToken }

  init(issues: [JiraIssue], nextPageToken: String?) {
    self.issues = issues
    self.nextPageToken = nextPageToken
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    issues = try container.decode([JiraIssue].self, forKey: .issues)
    nextPageToken = container.lenientText(.nextPageToken).flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// One page of a search that asked for ids only.
package struct JiraIDPage: Sendable, Decodable {
  package var issues: [JiraIssueReference]
  /// nil on the last page.
  package var nextPageToken: String?
}

extension JiraClient {
  /// Searches with `POST /search/jql`. The index lags by seconds to minutes.
  ///
  /// - Parameters:
  ///   - jql: bounded by at least one condition.
  ///   - fields: must hold `status` and `updated`, which an issue is not read without.
  ///   - reconcileIssues: ≤ 50 numeric ids whose latest state is wanted in spite of the lag.
  package func search(
    jql: String, fields: [String], maxResults: Int = 100, nextPageToken: String? = nil,
    reconcileIssues: [Int64] = []
  ) async throws -> JiraSearchPage {
    let needed = fields + ["status", "updated"].filter { !fields.contains($0) }
    var body: [String: JSONValue] = [
      "jql": .string(jql), "fields": .array(needed.map(JSONValue.string)),
      "maxResults": JSONValue(maxResults),
    ]
    if let nextPageToken { body["nextPageToken"] = .string(nextPageToken) }
    if !reconcileIssues.isEmpty {
      body["reconcileIssues"] = .array(reconcileIssues.map { JSONValue($0) })
    }
    let request = RESTClient.Request(
      "POST", "/rest/api/3/search/jql", body: JSONValue.object(body).encoded(),
      endpoint: "search/jql", isRepeatable: true)
    let response = try await rest.send(request)
    do {
      var page = try JiraSearchPage(reading: response.body)
      page.bytes = response.body.count
      return page
    } catch {
      throw rest.malformed(response, request, error)
    }
  }

  /// Searches for nothing but ids, of which a page may hold far more.
  ///
  /// - Parameter maxResults: ≤ 5000.
  package func searchIDs(jql: String, maxResults: Int, nextPageToken: String? = nil) async throws
    -> JiraIDPage
  {
    var body: [String: JSONValue] = [
      "jql": .string(jql), "fields": .array([.string("id")]), "maxResults": JSONValue(maxResults),
    ]
    if let nextPageToken { body["nextPageToken"] = .string(nextPageToken) }
    let request = RESTClient.Request(
      "POST", "/rest/api/3/search/jql", body: JSONValue.object(body).encoded(),
      endpoint: "search/jql", isRepeatable: true)
    return try await rest.decode(JiraIDPage.self, request)
  }

  /// About how many issues match.
  package func approximateCount(jql: String) async throws -> Int {
    struct Answer: Decodable { var count: Int }
    let request = RESTClient.Request(
      "POST", "/rest/api/3/search/approximate-count",
      body: JSONValue.object(["jql": .string(jql)]).encoded(),
      endpoint: "search/approximate-count", isRepeatable: true)
    return try await rest.decode(Answer.self, request).count
  }
}
