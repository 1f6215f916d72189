import Foundation
import Postgres
import SentryClient

typealias SentryTask = SyncTask<StoredSentryProject>

extension StoredSentryProject: SyncedProject {
  var handle: String { slug }
}

extension SentryTask {
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
    case .changes(_, let since): since.addingTimeInterval(-SentrySync.overlap)
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
