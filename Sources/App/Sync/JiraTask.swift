import Foundation
import JiraClient
import Postgres

/// One list that a sync of Jira reads.
enum JiraTask: Sendable {
  /// All issues of a project.
  case project(StoredJiraProject)
  /// What changed in projects that were read whole before.
  case changes(of: [StoredJiraProject], since: Date)

  /// How far before the last sync an incremental one reads again, in minutes: Jira's index lags.
  /// Both ends of the window are times of our own clock, so that Jira's does not matter.
  static let overlapMinutes = 15
  /// Projects whose watermarks are further apart than this are asked for apart, in seconds.
  static let widestGroup: Double = 3600
  /// Projects a question at most.
  static let largestGroup = 200

  /// As few lists as can be: what changed in many projects is one list.
  static func tasks(for projects: [StoredJiraProject], readsAll: Bool, now: Date) -> [JiraTask] {
    var tasks: [JiraTask] = []
    var known: [(project: StoredJiraProject, watermark: Date)] = []
    for project in projects {
      if !readsAll, let watermark = project.watermark {
        known.append((project, watermark))
      } else {
        tasks.append(.project(project))
      }
    }
    var group: [StoredJiraProject] = []
    var since = now
    for (project, watermark) in known.sorted(by: { $0.watermark < $1.watermark }) {
      let fits = watermark.timeIntervalSince(since) <= widestGroup && group.count < largestGroup
      if !group.isEmpty, !fits {
        tasks.append(.changes(of: group, since: since))
        group = []
      }
      if group.isEmpty { since = watermark }
      group.append(project)
    }
    if !group.isEmpty { tasks.append(.changes(of: group, since: since)) }
    return tasks
  }

  var projects: [StoredJiraProject] {
    switch self {
    case .project(let project): [project]
    case .changes(let projects, _): projects
    }
  }

  /// Unique in a run, and the same when the run is taken up again.
  var name: String {
    switch self {
    case .project(let project): "project \(project.id)"
    case .changes(let projects, _): "changes \(projects[0].id)"
    }
  }

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
            minutes: Int(now.timeIntervalSince(since) / 60) + 1 + Self.overlapMinutes))
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
