import RESTClient

extension JiraClient {
  /// Removes a link from an issue by the id that its maker gave it. One that is gone already, or whose
  /// issue is, is no error.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  package func deleteRemoteLink(_ idOrKey: String, globalID: String) async throws -> Bool {
    do {
      _ = try await rest.send(
        RESTClient.Request(
          "DELETE", Self.path(idOrKey, "/remotelink"), query: [("globalId", globalID)],
          endpoint: "issue/remotelink", isRepeatable: true))
      return true
    } catch let error as RESTError where error.status == 404 {
      return false
    }
  }
}
