import JobQueue
import Postgres
import RESTClient

/// What links have published at the vendors.
extension LinkStore {
  /// What is to be taken away when a link is deleted; nil when it has published nothing.
  static func removal(_ id: Int64, _ connection: Connection) throws -> RemoveBacklinks? {
    guard let row = try connection.query(published, id).first else { return nil }
    return RemoveBacklinks(
      linkID: id, sentryIssueID: try row.int64("sentry_issue_id"),
      jiraIssueID: try row.int64("jira_issue_id"), globalID: try row.text("global_id"),
      externalIssueID: try row.textOrNil("external_issue_id"))
  }

  /// Whether another link needs a web link at a ticket.
  func needs(remoteLink globalID: String, at ticket: Int64) async throws -> Bool {
    try await !pool.query(Self.needing, ticket, globalID).isEmpty
  }

  /// Whether another link's ticket is shown by an external issue.
  func shows(externalIssue id: String, at sentryIssue: Int64) async throws -> Bool {
    try await !pool.query(Self.showing, sentryIssue, id).isEmpty
  }

  /// What the vendors call two issues that are stored; nil when one of them is not any more.
  func sides(sentryIssue: Int64, ticket: Int64) async throws -> LinkSideIDs? {
    try await pool.query(Self.pair, sentryIssue, ticket).first.map { row in
      LinkSideIDs(
        jiraOrganizationID: try row.int64("jira_organization_id"),
        jiraID: try row.int64("jira_id"),
        sentryOrganizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"))
    }
  }

  /// Records that something of ours is gone from a vendor. The link's own timeline went with the link.
  func noteBacklinkRemoved(_ type: String, _ id: Int64, _ what: String, _ name: String) async throws
  {
    let before = JSONValue.object([what: .string(name)]).encoded()
    let after = JSONValue.object([what: .null]).encoded()
    try await pool.change { connection in
      try AuditStore.write(
        "updated", type, id, before: String(decoding: before, as: UTF8.self),
        after: String(decoding: after, as: UTF8.self), on: connection)
    }
  }

  /// Plans that another ticket of a Sentry issue is shown there, where it has one.
  func publishAnother(of sentryIssue: Int64) async throws {
    try await pool.change { [jobs] connection in
      guard let row = try connection.query(Self.another, sentryIssue).first else { return }
      let backlinks = PublishBacklinks(linkID: try row.int64("id"))
      try jobs.enqueue(backlinks, on: connection, options: backlinks.options)
    }
  }

  private static let published: Statement = """
    select sentry_issue_id, jira_issue_id, global_id, external_issue_id
    from links l
    where id = $1 and jira_issue_id is not null and global_id is not null
      and (remote_link_at is not null or exists (
        select from link_events e where e.link_id = l.id and e.decision = 'publish_backlinks'))
    """
  private static let showing: Statement = """
    select from links where sentry_issue_id = $1 and external_issue_id = $2 and state = 'active'
    """
  private static let needing: Statement = """
    select from links where jira_issue_id = $1 and global_id = $2 and state <> 'proposed'
    """
  private static let pair: Statement = """
    select j.jira_organization_id, j.jira_id, s.sentry_organization_id, s.sentry_id
    from sentry_issues s, jira_issues j where s.id = $1 and j.id = $2
    """
  private static let another: Statement = """
    select id from links where sentry_issue_id = $1 and state = 'active' order by id desc limit 1
    """
}
