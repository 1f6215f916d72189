import RESTClient

package struct SentryProject: Sendable {
  package var id: Int64
  package var slug: String
  package var name: String
  package var platform: String?
}

package struct SentryProjectPage: Sendable {
  package var projects: [SentryProject]
  /// Those that cannot be used; each fails alone.
  package var unreadable: [UnreadableSentryRecord] = []
  /// nil on the last page.
  package var nextCursor: String?
}

extension SentryProject {
  init(json: JSONValue, place: String) throws(UnreadableSentryRecord) {
    let slug = json.text("slug").flatMap { $0.isEmpty ? nil : $0 }
    guard let id = json.int64("id") else {
      throw UnreadableSentryRecord(
        id: nil, name: "The project \(slug ?? place)",
        reason: "its id is not a whole number (\(json.shown("id")))")
    }
    self.init(
      id: id, slug: slug ?? String(id),
      name: json.text("name").flatMap { $0.isEmpty ? nil : $0 } ?? slug ?? String(id),
      platform: json.text("platform"))
  }
}

extension SentryClient {
  package func projects(cursor: String? = nil) async throws -> SentryProjectPage {
    let query = cursor.map { [("cursor", $0)] } ?? []
    let request = RESTClient.Request("GET", path("projects/"), query: query, endpoint: "projects")
    let page = try await page(request, SentryProject.init(json:place:))
    return SentryProjectPage(
      projects: page.records, unreadable: page.unreadable, nextCursor: page.nextCursor)
  }
}
