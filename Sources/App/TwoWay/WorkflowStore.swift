import Foundation
import JiraClient
import Postgres

/// Whose workflow: an issue type may have its own in each project.
struct WorkflowKey: Sendable {
  var organizationID: Int64
  /// Jira's own id of the project.
  var projectJiraID: Int64
  var issueType: String
}

/// Remembers which steps the statuses of workflows offered.
struct WorkflowStore: Sendable {
  let pool: PostgresPool

  /// What was seen in the last 30 days: somebody may change a workflow.
  func graph(_ key: WorkflowKey) async throws -> WorkflowGraph {
    var graph = WorkflowGraph()
    for row in try await pool.query(
      Self.graph, key.organizationID, key.projectJiraID, key.issueType)
    {
      let offered = Data(try row.text("offered").utf8)
      graph.learn(
        try row.text("status_id"), try JSONDecoder().decode([WorkflowStep].self, from: offered))
    }
    return graph
  }

  func learn(_ key: WorkflowKey, _ status: String, _ offered: [WorkflowStep]) async throws {
    let text = String(decoding: try JSONEncoder().encode(offered), as: UTF8.self)
    _ = try await pool.query(
      Self.learn, key.organizationID, key.projectJiraID, key.issueType, status, text)
  }

  /// Jira's id of another live issue of that workflow in a status, the one that changed last; nil when
  /// none is stored.
  ///
  /// - Parameter status: its name.
  func issue(of key: WorkflowKey, in status: String) async throws -> Int64? {
    try await pool.query(
      Self.issue, key.organizationID, key.projectJiraID, key.issueType, status
    ).first?.int64("jira_id")
  }

  private static let graph: Statement = """
    select status_id, offered::text as offered from workflow_statuses
    where jira_organization_id = $1 and project_jira_id = $2 and issue_type = $3
      and read_at > now() - interval '30 days'
    """
  private static let learn: Statement = """
    insert into workflow_statuses
      (jira_organization_id, project_jira_id, issue_type, status_id, offered)
    values ($1, $2, $3, $4, $5::text::jsonb)
    on conflict (jira_organization_id, project_jira_id, issue_type, status_id)
      do update set offered = excluded.offered, read_at = now()
    """
  private static let issue: Statement = """
    select i.jira_id from jira_issues i
    where i.jira_project_id = (select id from jira_projects
                               where jira_organization_id = $1 and jira_id = $2)
      and i.status = $4 and i.issue_type = $3 and i.deleted_at is null
    order by i.jira_updated_at desc, i.id limit 1
    """
}
