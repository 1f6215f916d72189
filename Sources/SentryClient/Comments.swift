import RESTClient

extension SentryClient {
  /// The installations of internal integrations that this token's organization has.
  ///
  /// - Returns: their UUIDs.
  package func installations() async throws -> [String] {
    struct Installation: Decodable {
      var uuid: String?
      var status: String?
    }
    let request = RESTClient.Request(
      "GET", path("sentry-app-installations/"), endpoint: "sentry-app-installations")
    return try await rest.decode([Installation].self, request)
      .filter { $0.status ?? "installed" == "installed" }.compactMap(\.uuid)
  }

  /// The texts of the comments at an issue.
  package func comments(of id: Int64) async throws -> [String] {
    struct Comment: Decodable {
      struct Content: Decodable { var text: String? }
      var data: Content?
    }
    let request = RESTClient.Request(
      "GET", path("issues/\(id)/comments/"), endpoint: "issue/comments")
    return try await rest.decode([Comment].self, request).compactMap { $0.data?.text }
  }

  /// Adds a comment, once. When Sentry's answer is lost, the comments tell whether it is there. Sentry
  /// refuses a comment equal to one of the last hour, which is as good.
  package func addComment(_ text: String, to id: Int64) async throws {
    let request = RESTClient.Request(
      "POST", path("issues/\(id)/comments/"),
      body: JSONValue.object(["text": .string(text)]).encoded(), endpoint: "issue/comments")
    do {
      try await LostAnswer.settle {
        _ = try await rest.send(request)
      } look: {
        try await comments(of: id).contains(text) ? () : nil
      }
    } catch let error as RESTError
      where error.status == 400 && error.vendorWords?.contains(Self.isThereAlready) == true
    {}
  }

  private static let isThereAlready = "already posted that comment"
}
