import JiraClient

/// Reads single issues from Jira again and stores them, many a request.
struct JiraRefresh: Sendable {
  /// Jira's most a request.
  static let mostAtOnce = 100

  /// What became of one issue.
  enum Outcome: Sendable, Equatable {
    case stored(key: String)
    /// Jira knows it, but its project is unknown here or is not synced.
    case leftOut(key: String)
    /// Jira does not know it, or this account may not see it.
    case gone(wasStored: Bool)
  }

  let organizations: OrganizationStore
  let projects: JiraProjectStore
  let issues: JiraIssueStore
  let clients: JiraClients

  /// - Parameter references: at most `mostAtOnce` numeric ids or keys.
  /// - Returns: an outcome for each.
  func run(organization id: Int64, _ references: [String]) async throws -> [String: Outcome] {
    let client = try clients.client(of: try await organizations.organization(id))
    let found = try await asking(.jira) {
      try await client.issues(references, fields: JiraIssueRecord.fields)
    }
    let synced = try await store(found, organization: id)
    var outcomes: [String: Outcome] = [:]
    for issue in found {
      let outcome: Outcome =
        synced.contains(issue.id) ? .stored(key: issue.key) : .leftOut(key: issue.key)
      outcomes[String(issue.id)] = outcome
      outcomes[issue.key] = outcome
    }
    for reference in references where outcomes[reference] == nil {
      outcomes[reference] = try await missing(reference, organization: id)
    }
    return outcomes
  }

  /// Stores issues in the projects they are in now.
  ///
  /// - Returns: Jira's ids of those whose project is synced.
  func store(_ found: [JiraIssue], organization id: Int64) async throws -> Set<Int64> {
    let known = try await projects.projects(
      organization: id, jiraIDs: Array(Set(found.compactMap(\.projectID))))
    var stored: Set<Int64> = []
    for (projectID, members) in Dictionary(grouping: found, by: \.projectID) {
      guard let project = projectID.flatMap({ known[$0] }), project.syncEnabled else { continue }
      _ = try await issues.upsert(
        members.map(JiraIssueRecord.init), project: project, dryRun: false)
      stored.formUnion(members.map(\.id))
    }
    return stored
  }

  private func missing(_ reference: String, organization id: Int64) async throws -> Outcome {
    // A key that is not found says nothing: the issue may have another one by now.
    guard let jiraID = Int64(reference) else { return .gone(wasStored: false) }
    return .gone(
      wasStored: try await issues.markDeleted([jiraID], organization: id, dryRun: false) > 0)
  }
}
