import RESTClient
import SentryClient

/// Reads single issues from Sentry again and stores them, many a request.
struct SentryRefresh: Sendable {
  /// Sentry's most a request.
  static let mostAtOnce = 100

  /// What became of one issue.
  enum Outcome: Sendable, Equatable {
    case stored(shortID: String)
    /// Sentry knows it, but its project is unknown here or is not synced.
    case leftOut(shortID: String)
    /// It lives on in another issue.
    case merged(intoShortID: String, sentryID: Int64)
    case gone(wasStored: Bool)
  }

  let organizations: OrganizationStore
  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let clients: SentryClients

  /// - Parameter ids: at most `mostAtOnce` of Sentry's ids.
  /// - Returns: an outcome for each.
  func run(organization id: Int64, _ ids: [Int64]) async throws -> [Int64: Outcome] {
    let client = try clients.client(of: try await organizations.organization(id))
    let found = try await asking(.sentry) { try await client.issues(ids: ids) }
    let synced = try await store(found, organization: id)
    var outcomes: [Int64: Outcome] = [:]
    for issue in found {
      outcomes[issue.id] =
        synced.contains(issue.id)
        ? .stored(shortID: issue.shortID) : .leftOut(shortID: issue.shortID)
    }
    for missing in ids where outcomes[missing] == nil {
      outcomes[missing] = try await self.missing(missing, organization: id, client)
    }
    return outcomes
  }

  /// Stores issues in the projects they are in now.
  ///
  /// - Returns: Sentry's ids of those whose project is synced.
  func store(_ found: [SentryIssue], organization id: Int64) async throws -> Set<Int64> {
    let known = try await projects.projects(
      organization: id, sentryIDs: Array(Set(found.compactMap(\.projectID))))
    var stored: Set<Int64> = []
    for (projectID, members) in Dictionary(grouping: found, by: \.projectID) {
      guard let project = projectID.flatMap({ known[$0] }) else { continue }
      _ = try await issues.upsert(
        members.map(SentryIssueRecord.init), project: project, dryRun: false)
      stored.formUnion(members.map(\.id))
    }
    return stored
  }

  /// Not in the list: asked for alone, a merged issue answers as the one it was merged into.
  private func missing(_ id: Int64, organization: Int64, _ client: SentryClient) async throws
    -> Outcome
  {
    do {
      let issue = try await asking(.sentry) { try await client.issue(id) }
      let stored = try await store([issue], organization: organization)
      guard issue.id != id else {
        return stored.isEmpty
          ? .leftOut(shortID: issue.shortID) : .stored(shortID: issue.shortID)
      }
      return .merged(intoShortID: issue.shortID, sentryID: issue.id)
    } catch let failure as VendorFailure where failure.error.status == 404 {
      let count = try await issues.markDeleted([id], organization: organization, dryRun: false)
      return .gone(wasStored: count > 0)
    }
  }
}
