import RESTClient
import SentryClient

/// Reads single issues from Sentry again and stores them, many in one request.
struct SentryRefresh: Sendable {
  /// What became of one issue.
  enum Outcome: Sendable, Equatable {
    case stored(shortID: String)
    /// Sentry knows it, but its project is unknown here or is not synced.
    case leftOut(shortID: String)
    /// It lives on in another issue.
    case merged(intoShortID: String, sentryID: Int64)
    case gone(wasStored: Bool)
    /// Its project is not shown to the token; nothing was deleted.
    case notVisible
    /// It is there, and could not be used or stored.
    case unreadable(String)
    /// Sentry is merging or reprocessing it.
    case settling
    /// Whether it exists cannot be known.
    case unknown(String)
  }

  let organizations: OrganizationStore
  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let clients: SentryClients

  /// - Parameter ids: Sentry's own.
  /// - Returns: an outcome for each.
  func run(organization id: Int64, _ ids: [Int64]) async throws -> [Int64: Outcome] {
    let client = try clients.client(of: try await organizations.organization(id))
    let absence = SentryAbsence(organizationID: id, client: client, issues: issues)
    return try await apply(try await absence.findings(ids), organization: id, client)
  }

  /// Finds out what became of one issue, and stores that.
  func examine(organization: Int64, _ id: Int64) async throws -> (SentryAbsence.Finding, Outcome) {
    let client = try clients.client(of: try await organizations.organization(organization))
    let findings = try await SentryAbsence(
      organizationID: organization, client: client, issues: issues
    ).findings([id])
    let outcomes = try await apply(findings, organization: organization, client)
    return (findings[id] ?? .settling, outcomes[id] ?? .settling)
  }

  private func apply(
    _ findings: [Int64: SentryAbsence.Finding], organization id: Int64, _ client: SentryClient
  ) async throws -> [Int64: Outcome] {
    let found = findings.values.compactMap { finding in
      switch finding {
      case .found(let issue), .merged(let issue): issue
      default: nil
      }
    }
    let (stored, refused) = try await store(found, organization: id)
    var outcomes: [Int64: Outcome] = [:]
    for (issueID, finding) in findings {
      switch finding {
      case .found(let issue):
        outcomes[issueID] =
          refused[issue.id].map { .unreadable("\(issue.shortID): \($0)") }
          ?? (stored.contains(issue.id)
            ? .stored(shortID: issue.shortID) : .leftOut(shortID: issue.shortID))
      case .merged(let parent):
        outcomes[issueID] = .merged(intoShortID: parent.shortID, sentryID: parent.id)
      case .gone:
        let count = try await issues.markDeleted([issueID], organization: id, dryRun: false)
        outcomes[issueID] = .gone(wasStored: count > 0)
      case .notVisible: outcomes[issueID] = .notVisible
      case .unreadable(let record): outcomes[issueID] = .unreadable(record.sentence)
      case .settling: outcomes[issueID] = .settling
      case .unknown(let reason): outcomes[issueID] = .unknown(reason)
      }
    }
    if outcomes.values.contains(.notVisible) {
      let check = SentryProjectCheck(projects: projects, client: client, organizationID: id)
      try await check.store(try await check.list())
    }
    return outcomes
  }

  /// Stores issues in the projects they are in now.
  ///
  /// - Returns: Sentry's ids of those whose project is synced, and of those that could not be stored with the reason.
  func store(_ found: [SentryIssue], organization id: Int64) async throws -> (
    stored: Set<Int64>, refused: [Int64: String]
  ) {
    let known = try await projects.projects(
      organization: id, sentryIDs: Array(Set(found.compactMap(\.projectID))))
    var stored: Set<Int64> = []
    var refused: [Int64: String] = [:]
    for (projectID, members) in Dictionary(grouping: found, by: \.projectID) {
      guard let project = projectID.flatMap({ known[$0] }) else { continue }
      _ = try await storingApart(
        members.map(SentryIssueRecord.init), refuse: { refused[$0.sentryID] = $1 }
      ) { try await issues.upsert($0, project: project, dryRun: false) }
      stored.formUnion(members.map(\.id))
    }
    return (stored, refused)
  }
}

extension SentryRefresh.Outcome {
  /// A sentence for people.
  var words: String {
    switch self {
    case .stored(let shortID): "\(shortID) was read from Sentry and stored."
    case .leftOut(let shortID): "The project of \(shortID) is not known yet or is not synced."
    case .merged(let shortID, _): "The issue was merged into \(shortID)."
    case .gone(true): "Sentry does not know the issue any more; marked as deleted."
    case .gone(false): "Sentry does not know the issue."
    case .notVisible:
      "Sentry does not show the issue's project to the token of this organization: it was deleted, or the token lost "
        + "access to it. Nothing was deleted here."
    case .unreadable(let reason), .unknown(let reason): reason
    case .settling: "Sentry is merging or reprocessing the issue; it is read again later."
    }
  }
}
