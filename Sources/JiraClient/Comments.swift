package import Foundation
import RESTClient

package struct JiraComment: Sendable, Decodable {
  package var id: String
  package var author: JiraAccount?
  package var body: AtlassianDocument?
  package var created: Date?

  private enum CodingKeys: String, CodingKey { case id, author, body, created }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id) ?? ""
    author = container.optional(JiraAccount.self, .author)
    body = container.optional(AtlassianDocument.self, .body)
    created = container.lenientText(.created).flatMap(VendorTimestamp.parse)
  }
}

/// Some of an issue's comments, oldest first.
package struct JiraCommentPage: Sendable, Decodable {
  package var comments: [JiraComment]
  /// How many there are in all.
  package var total: Int
}

extension JiraClient {
  /// A page of an issue's comments, oldest first.
  ///
  /// - Parameter limit: 1 to 100.
  package func comments(_ idOrKey: String, startAt: Int = 0, limit: Int = 100) async throws
    -> JiraCommentPage
  {
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey, "/comment"),
      query: [
        ("startAt", String(startAt)), ("maxResults", String(limit)), ("orderBy", "created"),
      ], endpoint: "issue/comment")
    return try await rest.decode(JiraCommentPage.self, request)
  }

  /// Adds a comment, once. It carries a mark of its own that nobody sees; when Jira's answer is lost, the
  /// comment is found by it.
  package func addComment(_ idOrKey: String, _ document: AtlassianDocument) async throws
    -> JiraComment
  {
    let mark = JSONValue.object(["request": .string(UUID().uuidString.lowercased())])
    let since = Date(timeIntervalSinceNow: -Self.maxClockDifference)
    let request = RESTClient.Request(
      "POST", Self.path(idOrKey, "/comment"),
      body: JSONValue.object([
        "body": document.json,
        "properties": .array([.object(["key": .string(Self.commentMark), "value": mark])]),
      ]).encoded(), endpoint: "issue/comment", changing: idOrKey)
    return try await LostAnswer.settle {
      try await rest.decode(JiraComment.self, request)
    } look: {
      try await comment(of: idOrKey, marked: mark, since: since)
    }
  }

  /// Key of the comment property that tells our comments apart.
  private static let commentMark = "issuebridge"
  /// Seconds by which Jira's clock may be behind ours.
  private static let maxClockDifference = 300.0
  /// Comments that are looked at to find one of ours, the newest first.
  private static let maxCommentsLookedAt = 20

  private func comment(of idOrKey: String, marked mark: JSONValue, since: Date) async throws
    -> JiraComment?
  {
    let newest = RESTClient.Request(
      "GET", Self.path(idOrKey, "/comment"),
      query: [("maxResults", String(Self.maxCommentsLookedAt)), ("orderBy", "-created")],
      endpoint: "issue/comment")
    let page = try await rest.decode(JiraCommentPage.self, newest)
    for comment in page.comments where comment.created.map({ $0 >= since }) ?? true {
      if try await commentProperty(comment.id, Self.commentMark) == mark { return comment }
    }
    return nil
  }

  private func commentProperty(_ id: String, _ key: String) async throws -> JSONValue? {
    struct Answer: Decodable { var value: JSONValue }
    let request = RESTClient.Request(
      "GET",
      "/rest/api/3/comment/\(RESTClient.encoded(id))/properties/\(RESTClient.encoded(key))",
      endpoint: "comment/properties")
    do {
      return try await rest.decode(Answer.self, request).value
    } catch let error as RESTError where error.status == 404 {
      return nil
    }
  }
}
