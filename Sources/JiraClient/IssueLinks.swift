import RESTClient

extension JiraClient {
  /// Links two issues of the site with each other. Jira makes no second link of the same kind between
  /// the same issues, so it is sent again when its answer is lost.
  ///
  /// - Parameter type: the link type's name; "Relates" is one of Jira's own.
  package func linkIssues(type: String, from key: String, to other: String) async throws {
    let body = JSONValue.object([
      "type": .object(["name": .string(type)]),
      "inwardIssue": .object(["key": .string(key)]),
      "outwardIssue": .object(["key": .string(other)]),
    ])
    _ = try await rest.send(
      RESTClient.Request(
        "POST", "/rest/api/3/issueLink", body: body.encoded(), endpoint: "issueLink",
        isRepeatable: true))
  }
}
