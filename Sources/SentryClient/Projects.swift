import RESTClient

package struct SentryProject: Sendable, Decodable {
  package var id: Int64
  package var slug: String
  package var name: String
  package var platform: String?

  private enum CodingKeys: String, CodingKey { case id, slug, name, platform }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.lenientInt64(.id)
    slug = try container.decode(String.self, forKey: .slug)
    name = container.lenientText(.name) ?? slug
    platform = container.lenientText(.platform)
  }
}

package struct SentryProjectPage: Sendable {
  package var projects: [SentryProject]
  /// nil on the last page.
  package var nextCursor: String?
}

extension SentryClient {
  package func projects(cursor: String? = nil) async throws -> SentryProjectPage {
    let query = cursor.map { [("cursor", $0)] } ?? []
    let request = RESTClient.Request("GET", path("projects/"), query: query, endpoint: "projects")
    let (items, next, _) = try await page(request, of: SentryProject.self)
    return SentryProjectPage(projects: items, nextCursor: next)
  }
}
