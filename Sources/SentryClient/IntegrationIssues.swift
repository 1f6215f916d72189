import RESTClient

/// Who shows which ticket at an issue.
package struct SentryIssueTickets: Sendable, Equatable {
  package var id: Int64
  /// Keys of the tickets that Sentry's own Jira integration recorded.
  package var jiraKeys: [String]
  /// Addresses that installed apps show, each of its own accord.
  package var appURLs: [String]

  init(json: JSONValue, place: String) throws(UnreadableSentryRecord) {
    guard let id = json.int64("id") else {
      throw UnreadableSentryRecord(id: nil, name: place, reason: "its id is not a whole number")
    }
    self.id = id
    jiraKeys = (json["integrationIssues"]?.arrayValue ?? [])
      .filter { $0["integrationKey"]?.stringValue == "jira" }.compactMap { $0.text("key") }
    appURLs = (json["sentryAppIssues"]?.arrayValue ?? []).compactMap { $0.text("webUrl") }
  }
}

extension SentryClient {
  /// What was recorded at ≤ `maxIssuesByID` issues, in one request. Annotations say what is shown, and
  /// not by whom; Sentry tells that only where it is requested, since it costs a query per issue.
  /// Source: `getsentry/sentry`, src/sentry/api/serializers/models/group_stream.py
  package func tickets(ofIssues ids: [Int64]) async throws -> [SentryIssueTickets] {
    guard !ids.isEmpty else { return [] }
    let request = RESTClient.Request(
      "GET", path("issues/"),
      query: [
        ("query", ""), ("limit", String(Self.maxIssuesByID)), ("project", "-1"),
        ("groupStatsPeriod", ""), ("expand", "integrationIssues"), ("expand", "sentryAppIssues"),
      ] + ids.map { ("group", String($0)) }, endpoint: "issues")
    let requested = Set(ids)
    return try await page(request, SentryIssueTickets.init(json:place:)).records
      .filter { requested.contains($0.id) }
  }
}
