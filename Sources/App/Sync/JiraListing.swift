import Foundation
import JiraClient
import RESTClient

/// Compares the ids that Jira lists for a project with the stored ones, and settles the difference.
struct JiraListing: Sendable {
  /// Ids a page: Jira gives this many where nothing else is asked for.
  static let pageSize = 5000

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
    var (gone, notVisible): ([AbsentJiraIssue], [AbsentJiraIssue]) = ([], [])
    for batch in (missing + unknown).batches(of: JiraAbsence.batch) {
      let found = try await reader.absence.look(
        for: batch.map { String($0) }, organization: project.organizationID)
      try await reader.recorder.add(try await reader.store(found.issues.map(JiraIssueRecord.init)))
      await reader.fail(found.unreadable)
      for (reference, reason) in found.failed {
        let key = Int64(reference).map { [$0] } ?? []
        let name = try await reader.issues.keys(key, organization: project.organizationID).first
        await reader.recorder.fail(project: project.key, issue: name ?? reference, reason)
      }
      gone += found.gone
      notVisible += found.notVisible
    }
    try await reader.issues.markNotVisible(
      notVisible.map(\.jiraID), organization: project.organizationID, dryRun: reader.dryRun)
    return try await delete(gone, of: project)
  }

  /// Marks issues as deleted, unless they are so many that a person has to look first.
  private func delete(_ gone: [AbsentJiraIssue], of project: StoredJiraProject) async throws -> Int
  {
    guard !gone.isEmpty else { return 0 }
    let keys = gone.map(\.key)
    let live = try await reader.issues.count(projects: [project.id])
    guard
      await reader.recorder.permits(
        deleting: gone.count, of: max(live, gone.count), project: project.key, keys: keys)
    else { return 0 }
    let count = try await reader.issues.markDeleted(
      gone.map(\.jiraID), organization: project.organizationID, dryRun: reader.dryRun)
    await reader.recorder.addDeleted(count, keys: reader.dryRun ? keys : [])
    return count
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
