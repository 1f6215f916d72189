import Postgres

/// Finds pairs that one side names: in what people or other tools wrote. A mention is not a link: what
/// is found is proposed, and carries nothing until a person accepts it.
struct LinkDiscoveryStore: Sendable {
  /// Most links that are made in one transaction: it holds the rows that count links.
  private static let maxTogether = 500
  /// An issue that more tickets name is the example of a template, or the subject of reports.
  private static let maxTicketsNaming = 10
  /// A proposed pair is looked up at Sentry again after this time: its integration may have recorded it
  /// since.
  private static let checkedFor = "interval '1 day'"

  let pool: PostgresPool

  /// Looks at all that is stored, so that it does not matter which side came first.
  ///
  /// - Returns: how many links were proposed.
  func propose() async throws -> Int {
    var found = 0
    while true {
      let made = try await pool.change { try $0.query(Self.propose).affected }
      found += made
      if made < Self.maxTogether { return found }
    }
  }

  /// Takes proposals back whose ticket or issue is gone, and those of organizations that want none. They
  /// may be proposed again.
  func withdraw() async throws {
    try await pool.change { connection in
      let pairs = try connection.query(Self.withdraw)
      guard !pairs.isEmpty else { return }
      // No person removed them.
      _ = try connection.query(
        Self.forgetRemoval, try pairs.map { try $0.int64(0) }, try pairs.map { try $0.int64(1) })
    }
  }

  /// Proposed pairs that Sentry shows, where what its own integration recorded is trusted and both
  /// projects belong to one product.
  func unchecked(limit: Int) async throws -> [ShownPair] {
    try await pool.query(Self.unchecked, limit).map { row in
      ShownPair(
        linkID: try row.int64("id"), organizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"), key: try row.text("key"),
        address: try row.text("found_at"))
    }
  }

  /// Makes pairs active that Sentry's integration recorded; both sides agree as they are, so that
  /// nothing moves until something changes. The others stay proposed.
  func settle(_ checked: [ShownPair], recorded: Set<Int64>) async throws {
    let ids = checked.map(\.linkID)
    try await pool.change { connection in
      _ = try connection.query(Self.activate, ids.filter(recorded.contains))
      _ = try connection.query(Self.noteChecked, ids.filter { !recorded.contains($0) })
    }
  }

  /// Tickets that name a Sentry issue. The host must be that of the issue's own address, since others
  /// number issues too, and the organization that the path names must be the issue's own. Sentry's own
  /// site has called an organization's issues by several hosts: there the organization's name in the
  /// path says the same.
  private static let named = """
    named as (
      select id as jira_issue_id, unnest(sentry_addresses) as address, 'description' as found_in
      from jira_issues where sentry_addresses <> '{}' and deleted_at is null
      union all
      select jira_issue_id, unnest(sentry_addresses), 'remote_link'
      from remote_link_readings where sentry_addresses <> '{}'),
    in_tickets as (
      select s.id as sentry_issue_id, n.jira_issue_id, n.found_in, n.address,
        count(*) over (partition by s.id) as tickets
      from named n join sentry_issues s
        on s.sentry_organization_id = any (array(select id from sentry_organizations))
          and s.sentry_id = substring(n.address from '[0-9]+$')::bigint
        join sentry_organizations o on o.id = s.sentry_organization_id
        cross join lateral (
          select split_part(n.address, '/', 3) as host,
            split_part(n.address, '/', 3) ~ '(^|[.])sentry[.]io$' as is_sentry_io) at
        cross join lateral (
          select coalesce(substring(n.address from '/organizations/([^/]+)/'),
            case when at.is_sentry_io and split_part(n.address, '/', 4) <> 'issues'
                 then split_part(n.address, '/', 4) end) as slug) path
      where (split_part(s.permalink, '/', 3) = at.host and coalesce(path.slug, o.slug) = o.slug)
        or (at.is_sentry_io and path.slug = o.slug
          and split_part(s.permalink, '/', 3) ~ '(^|[.])sentry[.]io$')),
    by_ticket as (
      select sentry_issue_id, jira_issue_id, found_in, address from in_tickets
      where tickets <= \(maxTicketsNaming))
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
  /// All is compared before the first link is written (by the sort of `distinct`): written in the
  /// meantime, the new rows would be walked over for every further one.
  private static let propose = Statement(
    """
    with \(named), \(shown),
    found as (
      select distinct on (s.id, j.id) s.id as sentry_issue_id, j.id as jira_issue_id,
        j.jira_project_id, found_in, address,
        case found_in
          when 'annotation' then 'Sentry shows the ticket at the issue: '
          when 'remote_link' then 'A web link of the ticket leads to the Sentry issue: '
          else 'The description of the ticket mentions the Sentry issue: ' end || address || '.'
        || coalesce((
          select ' The Sentry issue is already linked to '
            || string_agg(other.key, ', ' order by l.id) || '.'
          from links l join jira_issues other on other.id = l.jira_issue_id
          where l.sentry_issue_id = s.id and l.state = 'active'), '') as reason
      from (select * from by_issue union all select * from by_ticket) way
        join sentry_issues s on s.id = way.sentry_issue_id and s.deleted_at is null
        join jira_issues j on j.id = way.jira_issue_id and j.deleted_at is null
        join sentry_organizations so on so.id = s.sentry_organization_id
          and so.link_discovery <> 'off'
        join jira_organizations jo on jo.id = j.jira_organization_id
          and jo.link_discovery <> 'off'
      where not exists (select from links l
                        where l.sentry_issue_id = s.id and l.jira_issue_id = j.id)
        and not exists (select from removed_links r
                        where r.sentry_issue_id = s.id and r.jira_issue_id = j.id)
        and not exists (select from links l where l.sentry_issue_id = s.id
                          and l.jira_project_id = j.jira_project_id and l.state = 'pending')
      order by s.id, j.id,
        array_position(array['annotation', 'remote_link', 'description'], found_in)
      limit \(maxTogether)),
    made as (
      insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state,
        created_by, creation_notes, found_in, found_at)
      select sentry_issue_id, jira_issue_id, jira_project_id, 'imported', 'proposed', 'discovery',
        reason, found_in, address
      from found
      on conflict do nothing
      returning id, creation_notes)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, 'discovery', 'propose', creation_notes, 'applied' from made
    """)
  private static let withdraw: Statement = """
    delete from links l using sentry_issues s, jira_issues j, sentry_organizations so,
      jira_organizations jo
    where l.state = 'proposed' and s.id = l.sentry_issue_id and j.id = l.jira_issue_id
      and so.id = s.sentry_organization_id and jo.id = j.jira_organization_id
      and (s.deleted_at is not null or j.deleted_at is not null
        or so.link_discovery = 'off' or jo.link_discovery = 'off')
    returning l.sentry_issue_id, l.jira_issue_id
    """
  private static let forgetRemoval: Statement = """
    delete from removed_links r using unnest($1::bigint[], $2::bigint[]) as gone (issue, ticket)
    where r.sentry_issue_id = gone.issue and r.jira_issue_id = gone.ticket
    """
  private static let unchecked = Statement(
    """
    select l.id, s.sentry_organization_id, s.sentry_id, j.key, l.found_at
    from links l join sentry_issues s on s.id = l.sentry_issue_id
      join jira_issues j on j.id = l.jira_issue_id
      join sentry_projects sp on sp.id = s.sentry_project_id
      join jira_projects jp on jp.id = j.jira_project_id
      join sentry_organizations so on so.id = s.sentry_organization_id
      join jira_organizations jo on jo.id = j.jira_organization_id
    where l.state = 'proposed' and l.found_in = 'annotation'
      and 'trust_integrations' in (jo.link_discovery, so.link_discovery)
      and 'off' not in (jo.link_discovery, so.link_discovery)
      and (l.recorded_checked_at is null
        or l.recorded_checked_at < now() - \(checkedFor))
      and products_are_one(sp.product_id, jp.product_id)
    order by l.id limit $1
    """)
  private static let activate: Statement = """
    with recorded as (
      update links l set state = 'active', found_in = 'integration', recorded_checked_at = now(),
        creation_notes = 'Sentry''s own Jira integration recorded the ticket at the issue: '
          || l.found_at || '.',
        agreed_sentry_status = s.status, agreed_jira_category = j.status_category,
        agreed_jira_status = j.status, agreed_jira_resolution = j.resolution
      from sentry_issues s, jira_issues j
      where l.id = any($1) and l.state = 'proposed' and s.id = l.sentry_issue_id
        and j.id = l.jira_issue_id and s.deleted_at is null and j.deleted_at is null
      returning l.id, l.creation_notes)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, 'discovery', 'import', creation_notes, 'applied' from recorded
    """
  private static let noteChecked: Statement =
    "update links set recorded_checked_at = now() where id = any($1)"
}

/// A proposed pair whose ticket Sentry shows at the issue.
struct ShownPair: Sendable {
  var linkID: Int64
  var organizationID: Int64
  /// Sentry's own id.
  var sentryID: Int64
  /// The ticket's key now.
  var key: String
  /// As Sentry shows it, normalized.
  var address: String
}
