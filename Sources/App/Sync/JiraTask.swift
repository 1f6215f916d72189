import Foundation
import JiraClient
import Postgres

typealias JiraTask = SyncTask<StoredJiraProject>

extension StoredJiraProject: SyncedProject {
  var handle: String { key }
}

extension JiraTask {
  /// Relative, since date literals are read in the account's time zone at minute granularity.
  /// Newest changes first: what changes while it is read comes again, it is not passed over.
  func jql(at now: Date) -> String {
    let condition =
      switch self {
      case .project(let project): JQL.equals("project", .number(project.jiraID))
      case .changes(let projects, let since):
        JQL.and(
          .oneOf("project", projects.map { .number($0.jiraID) }),
          .updatedWithin(
            minutes: Int(now.timeIntervalSince(since) / 60) + 1 + JiraSync.overlapMinutes))
      }
    return condition.ordered(by: "updated", descending: true)
  }
}

/// Where in the database the issues of a Jira project belong.
struct JiraPlaces: Sendable {
  let organizationID: Int64
  /// Discovered by a dry run, and not stored.
  let discovered: [JiraProjectRecord]
  private let projects: [Int64: StoredJiraProject]

  init(
    organizationID: Int64, _ projects: [StoredJiraProject], discovered: [JiraProjectRecord] = []
  ) {
    self.organizationID = organizationID
    self.discovered = discovered
    self.projects = Dictionary(projects.map { ($0.jiraID, $0) }) { first, _ in first }
  }

  subscript(jiraID: Int64?) -> StoredJiraProject? { jiraID.flatMap { projects[$0] } }

  /// As they will be once what was discovered is stored; in a transaction that is taken back.
  func rehearsed(on connection: Connection) throws -> JiraPlaces {
    guard !discovered.isEmpty else { return self }
    let stored = try JiraProjectStore.rehearse(
      discovered, organization: organizationID, on: connection)
    return JiraPlaces(organizationID: organizationID, stored + projects.values)
  }
}
