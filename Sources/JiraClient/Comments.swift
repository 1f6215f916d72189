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

  package func addComment(_ idOrKey: String, _ document: AtlassianDocument) async throws
    -> JiraComment
  {
    let request = RESTClient.Request(
      "POST", Self.path(idOrKey, "/comment"),
      body: JSONValue.object(["body": document.json]).encoded(), endpoint: "issue/comment")
    return try await rest.decode(JiraComment.self, request)
  }
}
