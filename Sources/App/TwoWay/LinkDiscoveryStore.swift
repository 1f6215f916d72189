import Postgres

/// Finds links that people or other tools made before, from what either side's issues name. What is
/// found becomes an `imported` link that agrees on both sides as they are, so that nothing moves
/// until something changes.
struct LinkDiscoveryStore: Sendable {
  /// Most links that are made in one transaction: it holds the rows that count links.
  private static let most = 500

  let pool: PostgresPool

  /// Looks at all that is stored, so that it does not matter which side came first.
  ///
  /// - Returns: how many links were found.
  func discover() async throws -> Int {
    var found = 0
    while true {
      let made = try await pool.change { try $0.query(Self.discover).affected }
      found += made
      if made < Self.most { return found }
    }
  }

  /// Tickets that name a Sentry issue. The host must be that of the issue's own address, since others
  /// number issues too; Sentry's own site has called an organization's issues by several hosts, there
  /// the organization's name in the path says the same.
  private static let named = """
    named as (
      select id as jira_issue_id, unnest(sentry_addresses) as address, 'description' as found_in
      from jira_issues where sentry_addresses <> '{}' and deleted_at is null
      union all
      select jira_issue_id, unnest(sentry_addresses), 'remote_link'
      from remote_link_readings where sentry_addresses <> '{}'),
    by_ticket as (
      select s.id as sentry_issue_id, n.jira_issue_id, n.found_in, n.address
      from named n join sentry_issues s
        on s.sentry_organization_id = any (array(select id from sentry_organizations))
          and s.sentry_id = substring(n.address from '[0-9]+$')::bigint
        join sentry_organizations o on o.id = s.sentry_organization_id
      where split_part(s.permalink, '/', 3) = split_part(n.address, '/', 3)
        or (split_part(s.permalink, '/', 3) ~ '(^|[.])sentry[.]io$'
          and split_part(n.address, '/', 3) ~ '(^|[.])sentry[.]io$'
          and position('/' || o.slug || '/' in n.address) > 0))
    """
  /// Sentry issues that show a ticket, by the address where people browse the site.
  private static let shown = """
    shown as (
      select id as sentry_issue_id, unnest(ticket_addresses) as address
      from sentry_issues where ticket_addresses <> '{}' and deleted_at is null),
    by_issue as (
      select n.sentry_issue_id, j.id as jira_issue_id, 'annotation' as found_in, n.address
      from shown n join jira_organizations o on split_part(n.address, '/', 3) in (
          split_part(lower(o.site_url), '/', 3), split_part(lower(o.base_url), '/', 3))
        join jira_issue_keys k on k.is_live and k.key = substring(n.address from '[^/]+$')
        join jira_issues j on j.id = k.issue_id and j.jira_organization_id = o.id)
    """
  /// All is compared before the first link is written (by the sort of `distinct`): written meanwhile,
  /// the new rows would be walked over for every further one.
  private static let discover = Statement(
    """
    with \(named), \(shown),
    found as (
      select distinct on (s.id, j.id) s.id as sentry_issue_id, j.id as jira_issue_id,
        j.jira_project_id, s.status as sentry_status, j.status as jira_status, j.status_category,
        j.resolution,
        case found_in
          when 'annotation' then 'Sentry shows the ticket at the issue: '
          when 'remote_link' then 'A remote link of the ticket leads to the Sentry issue: '
          else 'The ticket''s description leads to the Sentry issue: ' end || address || '.' as reason
      from (select * from by_issue union all select * from by_ticket) way
        join sentry_issues s on s.id = way.sentry_issue_id and s.deleted_at is null
        join jira_issues j on j.id = way.jira_issue_id and j.deleted_at is null
      where not exists (select from links l
                        where l.sentry_issue_id = s.id and l.jira_issue_id = j.id)
        and not exists (select from removed_links r
                        where r.sentry_issue_id = s.id and r.jira_issue_id = j.id)
        and not exists (select from links l where l.sentry_issue_id = s.id
                          and l.jira_project_id = j.jira_project_id and l.state = 'pending')
      order by s.id, j.id, found_in limit \(most)),
    made as (
      insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state,
        created_by, creation_notes, agreed_sentry_status, agreed_jira_status,
        agreed_jira_category, agreed_jira_resolution)
      select sentry_issue_id, jira_issue_id, jira_project_id, 'imported', 'active', 'discovery',
        reason, sentry_status, jira_status, status_category, resolution
      from found
      on conflict do nothing
      returning id, creation_notes)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, 'discovery', 'import', creation_notes, 'applied' from made
    """)
}
