import RESTClient

extension JiraClient {
  /// Assigns the issue. E-mail addresses are usually hidden, so people are named by account.
  ///
  /// - Parameter accountID: nil leaves it to nobody.
  /// - Throws: `RESTError` with status 400 when the person cannot be assigned issues of the project.
  package func assign(_ idOrKey: String, to accountID: String?) async throws {
    let body = JSONValue.object(["accountId": accountID.map(JSONValue.string) ?? .null])
    _ = try await rest.send(
      RESTClient.Request(
        "PUT", Self.path(idOrKey, "/assignee"), body: body.encoded(), endpoint: "issue/assignee",
        isRepeatable: true, changing: idOrKey, waitsForOtherChanges: true))
  }
}
