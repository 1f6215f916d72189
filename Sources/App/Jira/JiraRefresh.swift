import JiraClient
import Logging
import Postgres
import RESTClient

/// Reads single issues from Jira again and stores them, many a request.
struct JiraRefresh: Sendable {
  /// Jira's most a request.
  static let mostAtOnce = JiraAbsence.batch

  /// What became of one issue.
  enum Outcome: Sendable, Equatable {
    case stored(key: String)
    /// Jira knows it, but its project is unknown here or is not synced, and no link follows it.
    case leftOut(key: String)
    /// It is proven to be deleted, or Jira does not give it and it was never stored.
    case gone(wasStored: Bool)
    /// Jira does not give it, and nothing proves that it was deleted.
    case notVisible(key: String)
    /// It cannot be read or stored now, and why.
    case failed(String)
  }

  let organizations: OrganizationStore
  let projects: JiraProjectStore
  let issues: JiraIssueStore
  let clients: JiraClients
  let logger: Logger

  /// - Parameters:
  ///   - references: at most `mostAtOnce` numeric ids or keys.
  ///   - told: those of them that Jira's webhook said to be deleted.
  /// - Returns: an outcome for each.
  func run(
    organization id: Int64, _ references: [String], toldDeleted told: Set<String> = []
  ) async throws -> [String: Outcome] {
    try await organizations.notingUnauthorized(of: id) {
      let client = try clients.client(of: try await organizations.organization(id))
      let findings = try await JiraAbsence(client: client, issues: issues)
        .look(for: references, organization: id, toldDeleted: told)
      var outcomes = try await store(findings.issues, organization: id)
      for issue in findings.unreadable {
        for name in [issue.id.map(String.init), issue.key].compactMap(\.self) {
          outcomes[name] = .failed("\(issue.name): \(issue.reason)")
        }
      }
      for (reference, reason) in findings.failed { outcomes[reference] = .failed(reason) }
      try await settle(findings, toldDeleted: told, organization: id, &outcomes)
      for reference in references where outcomes[reference] == nil {
        // Of a key that is not found nothing is known: the issue may have another one by now.
        outcomes[reference] = .gone(wasStored: false)
      }
      return outcomes
    }
  }

  private func settle(
    _ findings: JiraAbsence.Findings, toldDeleted told: Set<String>, organization id: Int64,
    _ outcomes: inout [String: Outcome]
  ) async throws {
    var hidden = findings.notVisible
    var gone = findings.gone.filter { told.contains(String($0.jiraID)) }
    // Nobody can be asked here: what is too much to be deleted unasked is left to the next sync.
    let unasked = findings.gone.filter { !told.contains(String($0.jiraID)) }
    for (project, members) in Dictionary(grouping: unasked, by: \.projectID) {
      let live = try await issues.count(projects: [project])
      if DeletionGuard.holds(members.count, of: max(live, members.count)) {
        hidden += members
      } else {
        gone += members
      }
    }
    _ = try await issues.markDeleted(gone.map(\.jiraID), organization: id, dryRun: false)
    try await issues.markNotVisible(hidden.map(\.jiraID), organization: id)
    for issue in gone { outcomes[String(issue.jiraID)] = .gone(wasStored: true) }
    for issue in hidden { outcomes[String(issue.jiraID)] = .notVisible(key: issue.key) }
  }

  /// Stores issues in the projects they are in now: those of synced projects, and linked ones wherever
  /// they are. One that PostgreSQL refuses fails alone.
  ///
  /// - Returns: outcomes by id and by key.
  func store(_ found: [JiraIssue], organization id: Int64) async throws -> [String: Outcome] {
    var known = try await projects.projects(
      organization: id, jiraIDs: Array(Set(found.compactMap(\.projectID))))
    let linked = try await follow(found, organization: id, &known)
    var outcomes: [String: Outcome] = [:]
    func note(_ issue: JiraIssue, _ outcome: Outcome) {
      outcomes[String(issue.id)] = outcome
      outcomes[issue.key] = outcome
    }
    for (projectID, members) in Dictionary(grouping: found, by: \.projectID) {
      for issue in members { note(issue, .leftOut(key: issue.key)) }
      guard let project = projectID.flatMap({ known[$0] }) else { continue }
      let kept = members.filter { project.syncEnabled || linked.contains($0.id) }
      for issue in kept { note(issue, .stored(key: issue.key)) }
      var refused: [(JiraIssueRecord, String)] = []
      _ = try await storingApart(
        kept.map(JiraIssueRecord.init), refuse: { refused.append(($0, $1)) }
      ) { try await issues.upsert($0, project: project, dryRun: false) }
      for (record, reason) in refused {
        outcomes[String(record.jiraID)] = .failed("\(record.key): \(reason)")
        outcomes[record.key] = outcomes[String(record.jiraID)]
      }
    }
    return outcomes
  }

  /// Reads projects again that a webhook named.
  ///
  /// - Parameter told: those of them that it said to be deleted.
  /// - Returns: what became of each, for people.
  func runProjects(organization id: Int64, _ ids: [Int64], toldDeleted told: Set<Int64>)
    async throws
    -> [Int64: String]
  {
    try await organizations.notingUnauthorized(of: id) {
      let client = try clients.client(of: try await organizations.organization(id))
      let watch = JiraProjectWatch(
        projects: projects, client: client, organization: id, logger: logger)
      let report = try await watch.run(toldDeleted: told)
      let listed = Set(report.records.map(\.jiraID))
      let stored = try await projects.projects(organization: id, jiraIDs: ids)
      let missing = stored.values.filter { !listed.contains($0.jiraID) }.sorted { $0.id < $1.id }
      let lost = try await watch.settle(missing, toldDeleted: told)
      return ids.reduce(into: [:]) { outcomes, jiraID in
        guard let project = stored[jiraID] else {
          return outcomes[jiraID] =
            listed.contains(jiraID)
            ? "The project was read from Jira." : "The project is not known here."
        }
        outcomes[jiraID] =
          lost.contains(project.id)
          ? "The project \(project.key) is not in Jira's list any more; its issues were marked."
          : "The project \(project.key) was read from Jira and stored."
      }
    }
  }
}
