import RESTClient

extension SentryClient {
  /// Changes the status of up to a thousand issues in one request, which does not count to the limit on
  /// single issues.
  ///
  /// - Returns: the substatus that they all have now; nil when Sentry does not say.
  package func updateIssues(_ ids: [Int64], _ update: SentryIssueUpdate) async throws -> String? {
    let body = JSONValue.object(["status": .string(update.status.rawValue)])
    let request = RESTClient.Request(
      "PUT", path("issues/"), query: ids.map { ("id", String($0)) }, body: body.encoded(),
      endpoint: "issues")
    return try await value(request)["substatus"]?.stringValue
  }

  /// Waits until Sentry's limit lets a change of a single issue through.
  package func waitForIssueUpdates() async throws {
    try await rest.waitUntilAdmitted(RESTClient.Request("PUT", "", endpoint: "issue"))
  }
}

extension SentryActivity {
  /// The status that it gave the issue; nil for what changed none.
  package var status: String? {
    switch kind {
    case .resolved, .resolvedInRelease, .resolvedInCommit, .resolvedInPullRequest, .resolvedByAge:
      "resolved"
    case .unresolved, .regressed, .escalating: "unresolved"
    case .ignored: "ignored"
    case .autoOngoing: nil
    }
  }
}
