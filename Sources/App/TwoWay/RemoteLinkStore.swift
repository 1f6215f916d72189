import Foundation
import Postgres

/// A ticket whose remote links are worth a request.
struct UnreadTicket: Sendable {
  var id: Int64
  /// Jira's own id.
  var jiraID: Int64
  var organizationID: Int64
  /// The change of the ticket as of which the links are read.
  var updatedAt: Date
}

/// What the remote links of tickets name.
struct RemoteLinkStore: Sendable {
  let pool: PostgresPool

  /// The tickets to ask Jira for, those that changed last first. Jira has no way to ask for the
  /// remote links of many (docs/decisions/0009-two-way-status.md says why these).
  func unread(limit: Int) async throws -> [UnreadTicket] {
    try await pool.query(Self.unread, limit).map { row in
      UnreadTicket(
        id: try row.int64("id"), jiraID: try row.int64("jira_id"),
        organizationID: try row.int64("jira_organization_id"),
        updatedAt: try row.date("jira_updated_at"))
    }
  }

  /// - Parameter addresses: of Sentry issues.
  func note(_ ticket: UnreadTicket, _ addresses: [String]) async throws {
    _ = try await pool.query(Self.note, ticket.id, ticket.updatedAt, addresses)
  }

  private static let unread: Statement = """
    with recursive above (id, relative) as (
      select id, id from products
      union
      select above.id, p.parent_id from above join products p on p.id = above.relative
      where p.parent_id is not null),
    watched as (
      select j.id from jira_projects j
      where j.sync_enabled and exists (
        select from sentry_projects s join above
          on (above.id, above.relative) in (
            (j.product_id, s.product_id), (s.product_id, j.product_id))
        where s.sync_enabled
          and exists (select from sentry_organizations o
                      where o.id = s.sentry_organization_id and o.link_discovery <> 'off'))
        and exists (select from jira_organizations o
                    where o.id = j.jira_organization_id and o.link_discovery <> 'off'))
    select j.id, j.jira_id, j.jira_organization_id, j.jira_updated_at
    from jira_issues j left join remote_link_readings r on r.jira_issue_id = j.id
    where j.jira_project_id in (select id from watched) and j.deleted_at is null
      and not exists (select from links l
                      where l.jira_issue_id = j.id and l.state <> 'proposed')
      and (j.status_category <> 'done' or j.jira_updated_at > now() - interval '90 days')
      and (r.jira_issue_id is null or r.jira_updated_at < j.jira_updated_at
        or (j.status_category <> 'done' and r.read_at < now() - interval '7 days'))
    order by j.jira_updated_at desc, j.id limit $1
    """
  private static let note: Statement = """
    insert into remote_link_readings (jira_issue_id, jira_updated_at, sentry_addresses)
    select id, $2, $3 from jira_issues where id = $1
    on conflict (jira_issue_id) do update set jira_updated_at = excluded.jira_updated_at,
      read_at = now(), sentry_addresses = excluded.sentry_addresses
    """
}
