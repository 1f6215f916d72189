import Foundation
import Postgres

/// A link that shares the ticket or the Sentry issue of another, with both sides as they are stored.
struct LinkFellow: Sendable {
  var link: Link
  var sentryOrganizationID: Int64
  var sentryID: Int64
  var sentryStatus: String
  var jiraStatus: String
  var jiraCategory: String
  var jiraResolution: String?
}

/// Links that share a ticket or a Sentry issue: who may compare them, and what they say.
extension LinkStore {
  /// Takes the right to compare a link, and with it all links that share its ticket or its issue, or an
  /// issue of its ticket or a ticket of its issue. It ends by `note`, `endHold`, or by itself when its
  /// holder died.
  ///
  /// - Returns: the links that are held; nil while another comparison holds one of them.
  func hold(_ id: Int64) async throws -> [Int64]? {
    try await pool.transaction { connection in
      let ids = try connection.query(Self.neighbours, id).map { try $0.int64(0) }
      let free = try connection.query(Self.lockFree, ids).map { try $0.int64(0) }
      guard !ids.isEmpty, free.count == ids.count else { return nil }
      _ = try connection.query(Self.hold, ids)
      return ids
    }
  }

  func endHold(_ ids: [Int64]) async throws { _ = try await pool.query(Self.endHold, ids) }

  /// The active links that share a link's ticket or issue, without itself and without those that a newer
  /// ticket continues.
  func fellows(of link: Link) async throws -> [LinkFellow] {
    try await pool.query(Self.fellows, link.id, link.jiraIssueID, link.sentryIssueID).map { row in
      LinkFellow(
        link: try Self.link(row), sentryOrganizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"), sentryStatus: try row.text("sentry_status"),
        jiraStatus: try row.text("jira_status"), jiraCategory: try row.text("jira_category"),
        jiraResolution: try row.textOrNil("jira_resolution"))
    }
  }

  /// Whether both sides are stored as they were last agreed on, so that nothing is left to compare.
  func isSettled(_ id: Int64) async throws -> Bool {
    try await !pool.query(Self.settled, id).isEmpty
  }

  private static let neighbours: Statement = """
    with mine as (select jira_issue_id, sentry_issue_id from links where id = $1),
    near as (
      select l.jira_issue_id, l.sentry_issue_id from links l, mine
      where l.state = 'active'
        and (l.jira_issue_id = mine.jira_issue_id or l.sentry_issue_id = mine.sentry_issue_id))
    select id from links where id = $1
    union
    select l.id from links l
    where l.state = 'active' and l.jira_issue_id in (select jira_issue_id from near)
    union
    select l.id from links l
    where l.state = 'active' and l.sentry_issue_id in (select sentry_issue_id from near)
    """
  private static let lockFree: Statement = """
    select id from links
    where id = any($1) and (syncing_until is null or syncing_until < now())
    order by id for update skip locked
    """
  private static let hold: Statement =
    "update links set syncing_until = now() + interval '90 seconds' where id = any($1)"
  private static let endHold: Statement =
    "update links set syncing_until = null where id = any($1)"
  private static let fellows = Statement(
    """
    select \(typed), s.sentry_organization_id, s.sentry_id, s.status as sentry_status,
      j.status as jira_status, j.status_category as jira_category, j.resolution as jira_resolution
    from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.id <> $1 and l.state = 'active'
      and (l.jira_issue_id = $2 or l.sentry_issue_id = $3)
      and j.deleted_at is null and s.deleted_at is null
      and not exists (select from links n where n.continues_link_id = l.id)
    order by l.id limit 1000
    """)
  private static let settled: Statement = """
    select 1 from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.id = $1 and l.last_error is null
      and (l.agreed_sentry_status, l.agreed_jira_category) = (s.status, j.status_category)
      and (l.agreed_jira_status is null
        or l.agreed_jira_status = j.status and l.agreed_jira_resolution is not distinct from j.resolution)
    """
}
