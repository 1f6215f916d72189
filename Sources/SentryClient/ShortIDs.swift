import RESTClient

extension SentryClient {
  /// The issue that people call, for example, `WEB-SHOP-1A`.
  ///
  /// - Returns: nil when there is none, or none that may be seen.
  package func issue(shortID: String) async throws -> SentryIssue? {
    let request = RESTClient.Request(
      "GET", path("shortids/\(RESTClient.encoded(shortID))/"), endpoint: "shortids")
    do {
      return try await record(request) { try SentryIssue(json: $0["group"] ?? .null) }
    } catch let error as RESTError where error.status == 404 {
      return nil
    }
  }
}
