import JiraClient
import Postgres
import RESTClient

/// Linked tickets are followed by their id wherever they go.
extension JiraRefresh {
  /// Finds out which tickets in projects that are not synced, or that are not known yet, have a link.
  ///
  /// - Parameter known: gains the projects that linked tickets have moved to.
  /// - Returns: Jira's ids of the linked ones.
  func follow(
    _ found: [JiraIssue], organization id: Int64, _ known: inout [Int64: StoredJiraProject]
  ) async throws -> Set<Int64> {
    let elsewhere = found.filter { !($0.projectID.flatMap { known[$0]?.syncEnabled } ?? false) }
    guard !elsewhere.isEmpty else { return [] }
    let linked = try await issues.linked(elsewhere.map(\.id), organization: id)
    let unknown = elsewhere.filter {
      linked.contains($0.id) && $0.projectID.map { known[$0] == nil } ?? false
    }
    for (projectID, tickets) in Dictionary(grouping: unknown, by: \.projectID) {
      guard let projectID else { continue }
      do {
        known[projectID] = try await learn(projectID, organization: id)
      } catch let failure as VendorFailure
        where failure.error.status.map((400..<500).contains) ?? false
      {
        for ticket in tickets {
          try await issues.noteUnfollowed(
            ticket.id, organization: id,
            "The ticket was moved to \(ticket.key), in a project that IssueBridge may not read. "
              + "Nothing is synced. Give the account of this Jira organization the permission to "
              + "browse that project. \(failure.sentence)")
        }
      }
    }
    return linked
  }

  /// Stores a project that is not known yet, as a sync would find it.
  private func learn(_ projectID: Int64, organization id: Int64) async throws -> StoredJiraProject?
  {
    let client = try clients.client(of: try await organizations.organization(id))
    let project = try await asking(.jira) { try await client.project(String(projectID)) }
    _ = try await projects.upsert([JiraProjectRecord(project)], organization: id)
    return try await projects.projects(organization: id, jiraIDs: [projectID])[projectID]
  }
}

extension JiraIssueStore {
  /// - Returns: those of Jira's ids that an active or a broken link follows.
  func linked(_ jiraIDs: [Int64], organization id: Int64) async throws -> Set<Int64> {
    Set(try await pool.query(Self.linked, id, jiraIDs).map { try $0.int64(0) })
  }

  /// Says at a ticket's links why it is not followed.
  func noteUnfollowed(_ jiraID: Int64, organization id: Int64, _ reason: String) async throws {
    _ = try await pool.query(Self.noteUnfollowed, id, jiraID, reason)
  }

  private static let linked: Statement = """
    select distinct j.jira_id from jira_issues j join links l on l.jira_issue_id = j.id
    where j.jira_organization_id = $1 and j.jira_id = any($2) and l.state in ('active', 'broken')
    """
  private static let noteUnfollowed: Statement = """
    with noted as (
      update links l set last_error = $3 from jira_issues j
      where j.jira_organization_id = $1 and j.jira_id = $2 and l.jira_issue_id = j.id
        and l.state = 'active' and l.last_error is distinct from $3
      returning l.id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, links_cause('jira'), 'wait', $3, 'nothing' from noted
    """
}
