import RESTClient

/// A link from an issue to something elsewhere.
package struct JiraRemoteLink: Sendable, Equatable {
  /// ≤ 255 characters; the same one updates the link instead of making another.
  package var globalID: String
  package var url: String
  package var title: String
  package var summary: String?
  package var isResolved: Bool

  package init(
    globalID: String, url: String, title: String, summary: String? = nil, isResolved: Bool = false
  ) {
    self.globalID = globalID
    self.url = url
    self.title = title
    self.summary = summary
    self.isResolved = isResolved
  }
}

extension JiraClient {
  /// Makes the link or updates it: the same `globalId` makes one link, however often it is sent.
  /// Everything is sent, since what is left out becomes null.
  package func upsertRemoteLink(_ idOrKey: String, _ link: JiraRemoteLink) async throws {
    let body = JSONValue.object([
      "globalId": .string(link.globalID),
      "object": .object([
        "url": .string(link.url), "title": .string(link.title),
        "summary": .string(link.summary ?? ""),
        "status": .object(["resolved": .bool(link.isResolved)]),
      ]),
    ])
    _ = try await rest.send(
      RESTClient.Request(
        "POST", Self.path(idOrKey, "/remotelink"), body: body.encoded(),
        endpoint: "issue/remotelink", isRepeatable: true, changing: idOrKey))
  }

  /// The links as (global id, URL).
  package func remoteLinks(_ idOrKey: String) async throws -> [(globalID: String?, url: String)] {
    struct Target: Decodable { var url: String? }
    struct Answer: Decodable {
      var globalId: String?
      var object: Target?
    }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey, "/remotelink"), endpoint: "issue/remotelink")
    return try await rest.decode([Answer].self, request).compactMap { link in
      link.object?.url.map { (link.globalId, $0) }
    }
  }
}
