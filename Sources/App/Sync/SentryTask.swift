import Foundation
import Postgres
import SentryClient

/// One list that a sync of Sentry reads.
enum SentryTask: Sendable {
  /// All issues of a project.
  case project(StoredSentryProject)
  /// What had events in projects that were read whole before.
  case changes(of: [StoredSentryProject], since: Date)

  /// How far before the last sync an incremental one reads again, in seconds: Sentry takes events in
  /// late, and its clock is not ours.
  static let overlap: Double = 900
  /// Projects a question at most: they stand in its URL.
  static let largestGroup = 100

  static func tasks(for projects: [StoredSentryProject], readsAll: Bool) -> [SentryTask] {
    var tasks: [SentryTask] = []
    var known: [(project: StoredSentryProject, watermark: Date)] = []
    for project in projects {
      if !readsAll, let watermark = project.watermark {
        known.append((project, watermark))
      } else {
        tasks.append(.project(project))
      }
    }
    for group in known.sorted(by: { $0.watermark < $1.watermark }).batches(of: largestGroup) {
      tasks.append(.changes(of: group.map(\.project), since: group[0].watermark))
    }
    return tasks
  }

  var projects: [StoredSentryProject] {
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

  /// Newest first, so that what comes while it is read shifts the rest and hides nothing.
  var order: SentryIssueOrder {
    switch self {
    case .project: .firstSeen
    case .changes: .lastSeen
    }
  }

  /// Issues that had no event since are not asked for.
  var oldest: Date {
    switch self {
    case .project: .distantPast
    case .changes(_, let since): since.addingTimeInterval(-Self.overlap)
    }
  }
}

/// Where in the database the issues of a Sentry project belong.
struct SentryPlaces: Sendable {
  let organizationID: Int64
  /// Discovered by a dry run, and not stored.
  let discovered: [SentryProjectRecord]
  private let projects: [Int64: StoredSentryProject]

  init(
    organizationID: Int64, _ projects: [StoredSentryProject],
    discovered: [SentryProjectRecord] = []
  ) {
    self.organizationID = organizationID
    self.discovered = discovered
    self.projects = Dictionary(projects.map { ($0.sentryID, $0) }) { first, _ in first }
  }

  subscript(sentryID: Int64?) -> StoredSentryProject? { sentryID.flatMap { projects[$0] } }

  /// As they will be once what was discovered is stored; in a transaction that is taken back.
  func rehearsed(on connection: Connection) throws -> SentryPlaces {
    guard !discovered.isEmpty else { return self }
    let stored = try SentryProjectStore.rehearse(
      discovered, organization: organizationID, on: connection)
    return SentryPlaces(organizationID: organizationID, stored + projects.values)
  }
}
