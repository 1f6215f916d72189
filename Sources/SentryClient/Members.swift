import RESTClient

/// Somebody in the organization, or somebody invited.
package struct SentryMember: Sendable, Equatable {
  /// The user's own id, as `assignedTo` wants it; nil while the invitation is open.
  package var userID: String?
  package var name: String
  package var email: String?

  init(json: JSONValue, place: String) throws(UnreadableSentryRecord) {
    userID = json["user"]?.text("id")
    email = json.text("email")
    name = json.text("name") ?? email ?? ""
  }
}

package struct SentryMemberPage: Sendable {
  package var members: [SentryMember]
  /// nil on the last page.
  package var nextCursor: String?
}

extension SentryClient {
  package func members(cursor: String? = nil) async throws -> SentryMemberPage {
    let query = cursor.map { [("cursor", $0)] } ?? []
    let request = RESTClient.Request("GET", path("members/"), query: query, endpoint: "members")
    let page = try await page(request, SentryMember.init(json:place:))
    return SentryMemberPage(members: page.records, nextCursor: page.nextCursor)
  }

  /// Assigns an issue.
  ///
  /// - Parameter owner: `user:{id}`, `team:{id}` or a member's e-mail address; nil leaves it to
  ///   nobody.
  /// - Throws: `RESTError` with status 400 for an owner that is unknown.
  package func assignIssue(_ id: Int64, to owner: String?) async throws {
    let body = JSONValue.object(["assignedTo": .string(owner ?? "")])
    _ = try await rest.send(
      RESTClient.Request(
        "PUT", path("issues/\(id)/"), body: body.encoded(), endpoint: "issue", isRepeatable: true))
  }
}
