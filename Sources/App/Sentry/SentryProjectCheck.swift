import RESTClient
import SentryClient

/// Compares the projects that are stored with those that Sentry lists. Renamed ones get their new names, one that is
/// not listed any more is marked and left out of requests, and one that is listed again comes back.
struct SentryProjectCheck: Sendable {
  let projects: SentryProjectStore
  let client: SentryClient
  let organizationID: Int64

  struct Listing: Sendable {
    var records: [SentryProjectRecord] = []
    var unreadable: [UnreadableSentryRecord] = []

    var ids: Set<Int64> { Set(records.map(\.sentryID)).union(unreadable.compactMap(\.id)) }
  }

  /// All projects that Sentry lists.
  func list() async throws -> Listing {
    var listing = Listing()
    var cursor: String?
    repeat {
      let from = cursor
      let page = try await asking(.sentry) { try await client.projects(cursor: from) }
      listing.records += page.projects.map(SentryProjectRecord.init)
      listing.unreadable += page.unreadable
      cursor = page.nextCursor == cursor ? nil : page.nextCursor
    } while cursor != nil
    return listing
  }

  /// Stores a listing.
  ///
  /// - Returns: the projects that are not visible any more, and were before.
  @discardableResult
  func store(_ listing: Listing) async throws -> [StoredSentryProject] {
    _ = try await projects.upsert(listing.records, organization: organizationID)
    let listed = listing.ids
    var vanished: [StoredSentryProject] = []
    for project in try await projects.visible(organization: organizationID)
    where !listed.contains(project.sentryID) {
      // Asked for alone as well: a list that is not whole must not hide a project.
      if try await !showsIssues(of: project) { vanished.append(project) }
    }
    try await projects.markNotVisible(vanished.map(\.id))
    return vanished
  }

  private func showsIssues(of project: StoredSentryProject) async throws -> Bool {
    do {
      let page = try await asking(.sentry) {
        try await client.issues(projectIDs: [project.sentryID], limit: 1)
      }
      return page.issues.contains { $0.projectID == project.sentryID }
    } catch let failure as VendorFailure where [403, 404].contains(failure.error.status) {
      return false
    }
  }
}
