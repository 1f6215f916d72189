import JiraClient
import RESTClient
import Synchronization

/// Fetches the pages of one search. A page that is too large, for Jira or for us, is requested again with fewer
/// issues, down to a single one, which then fails alone by its key; after it the pages grow again.
final class JiraPages: Sendable {
  /// Issues per page; Jira gives at most 100 where descriptions are requested.
  static let pageSize = 100

  private let reader: JiraReader
  private let jql: String
  private let size = Mutex(JiraPages.pageSize)

  init(_ reader: JiraReader, jql: String) {
    self.reader = reader
    self.jql = jql
  }

  func fetch(_ token: String?) async throws -> PagedReading<JiraIssue>.Page {
    while true {
      let count = size.withLock { $0 }
      do {
        let page = try await reader.ask { [jql, reader] in
          try await reader.client.search(
            jql: jql, fields: JiraIssueRecord.fields, maxResults: count, nextPageToken: token)
        }
        size.withLock { $0 = min(Self.pageSize, 2 * count) }
        await reader.fail(page.unreadable)
        return .init(
          items: page.issues, next: page.nextPageToken, bytes: page.bytes,
          passed: page.unreadable.compactMap(\.id), isCut: page.isCut)
      } catch let failure as VendorFailure where failure.error.isTooLarge {
        if count == 1 { return try await pass(token, failure) }
        size.withLock { $0 = max(1, count / 4) }
      }
    }
  }

  /// Passes over the single issue at a token: its id and key alone are small.
  private func pass(_ token: String?, _ failure: VendorFailure) async throws
    -> PagedReading<JiraIssue>.Page
  {
    let page = try await reader.ask { [jql, reader] in
      try await reader.client.searchIDs(jql: jql, maxResults: 1, nextPageToken: token)
    }
    for issue in page.issues {
      await reader.fail([
        UnreadableJiraIssue(
          id: issue.id, key: issue.key,
          reason: "The issue is too large to be read. \(failure.sentence)")
      ])
    }
    size.withLock { $0 = 2 }
    return .init(items: [], next: page.nextPageToken, passed: page.issues.map(\.id))
  }
}
