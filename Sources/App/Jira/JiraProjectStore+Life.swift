import Foundation
import JiraClient
import Postgres
import RESTClient

/// What becomes of projects as a whole, and of the statuses of their issues.
extension JiraProjectStore {
  /// Marks a project as deleted. Its issues become tombstones, and their links break with that reason; all of it
  /// comes back with the project.
  func markDeleted(_ project: StoredJiraProject) async throws {
    let reason = "The Jira project \(project.key) was moved to the trash or deleted."
    try await pool.dryRunnable(false) { connection in
      _ = try connection.query(Self.breakLinks, project.id, reason)
      _ = try connection.query(Self.buryIssues, project.id)
      _ = try connection.query(Self.markDeleted, project.id)
    }
  }

  /// Marks a project that the account may not browse any more. Its issues are not visible with it.
  func markNotVisible(_ project: StoredJiraProject) async throws {
    try await pool.dryRunnable(false) { connection in
      _ = try connection.query(Self.hideIssues, project.id)
      _ = try connection.query(Self.markNotVisible, project.id)
    }
  }

  /// Carries names and categories of statuses to the issues that hold them. A new name alone is no change of an
  /// issue, so what its link's sides last agreed on gets it too; a new category is one.
  func follow(_ statuses: [JiraStatus], organization id: Int64) async throws {
    guard !statuses.isEmpty else { return }
    let ids = statuses.map(\.id.storable)
    let names = statuses.map(\.name.storable)
    let categories = statuses.map(JiraIssueRecord.category)
    try await pool.dryRunnable(false) { connection in
      _ = try connection.query(Self.renameAgreed, id, ids, names)
      _ = try connection.query(Self.followStatuses, id, ids, names, categories)
    }
  }

  private static let breakLinks: Statement = """
    with broken as (
      update links l set state = 'broken', last_error = $2
      from jira_issues i
      where l.jira_issue_id = i.id and i.jira_project_id = $1 and l.state = 'active'
      returning l.id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, links_cause('jira'), 'break', $2, 'applied' from broken
    """
  private static let buryIssues: Statement = """
    update jira_issues set deleted_at = now(), not_visible_since = null
    where jira_project_id = $1 and deleted_at is null
    """
  private static let markDeleted: Statement = """
    update jira_projects set deleted_at = now(), not_visible_since = null
    where id = $1 and deleted_at is null
    """
  private static let hideIssues: Statement = """
    update jira_issues set not_visible_since = now()
    where jira_project_id = $1 and deleted_at is null and not_visible_since is null
    """
  private static let markNotVisible: Statement = """
    update jira_projects set not_visible_since = now()
    where id = $1 and deleted_at is null and not_visible_since is null
    """
  private static let renameAgreed: Statement = """
    update links l set agreed_jira_status = s.name
    from unnest($2::text[], $3::text[]) as s (id, name), jira_issues i
    where i.jira_organization_id = $1 and i.status_id = s.id and i.status <> s.name
      and l.jira_issue_id = i.id and l.agreed_jira_status = i.status
    """
  private static let followStatuses: Statement = """
    update jira_issues i set status = s.name, status_category = s.category, updated_at = now()
    from unnest($2::text[], $3::text[], $4::text[]) as s (id, name, category)
    where i.jira_organization_id = $1 and i.status_id = s.id
      and (i.status, i.status_category) is distinct from (s.name, s.category)
    """
}
