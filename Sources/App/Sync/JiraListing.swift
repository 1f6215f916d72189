import Foundation
import JiraClient
import RESTClient

/// Compares the ids that Jira lists for a project with the stored ones, and mends the difference.
struct JiraListing: Sendable {
  /// Ids a page: Jira gives this many where nothing else is asked for.
  static let pageSize = 5000
  /// Issues fetched by id at once, Jira's most.
  static let batch = 100

  let reader: JiraReader

  /// Marks what is gone, and reads what a list passed over: the index lags, pages shift while they
  /// are read, and a moved issue lives on elsewhere.
  ///
  /// - Parameters:
  ///   - ids: all that Jira lists; nil: they are asked for.
  ///   - start: when `ids` were begun to be read; issues stored since may be missing from them.
  /// - Returns: how many were marked as deleted.
  func compare(_ project: StoredJiraProject, with ids: [Int64]?, before start: Date) async throws
    -> Int
  {
    var (listed, start) = (ids ?? [], start)
    if ids == nil {
      start = Date()
      listed = try await list(project)
    }
    let missing = try await reader.issues.missing(project.id, listed: listed, before: start)
    // What was just read is stored already.
    let unknown = ids == nil ? try await reader.issues.unknown(project.id, listed: listed) : []
    var deleted = 0
    for batch in (missing + unknown).batches(of: Self.batch) {
      let found = try await reader.ask {
        try await reader.client.bulkFetchIssues(ids: batch, fields: JiraIssueRecord.fields)
      }
      let changes = try await reader.issues.store(
        found.map(JiraIssueRecord.init), reader.places, dryRun: reader.dryRun)
      try await reader.recorder.add(changes)
      let alive = Set(found.map(\.id))
      let gone = batch.filter { !alive.contains($0) }
      let count = try await reader.issues.markDeleted(
        gone, organization: project.organizationID, dryRun: reader.dryRun)
      let keys =
        reader.dryRun
        ? try await reader.issues.keys(gone, organization: project.organizationID) : []
      await reader.recorder.addDeleted(count, keys: keys)
      deleted += count
    }
    return deleted
  }

  private func list(_ project: StoredJiraProject) async throws -> [Int64] {
    let jql = JQL.equals("project", .number(project.jiraID)).ordered(by: "key", descending: true)
    let client = reader.client
    let reading = PagedReading<JiraIssueReference>(
      limit: .max,
      fetch: { token in
        let page = try await reader.ask {
          try await client.searchIDs(jql: jql, maxResults: Self.pageSize, nextPageToken: token)
        }
        return .init(items: page.issues, next: page.nextPageToken)
      },
      isStaleToken: { ($0 as? VendorFailure)?.error.status == 400 }, id: \.id, store: { _ in })
    return try await reading.run(from: nil) ?? []
  }
}

extension Array {
  func batches(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
