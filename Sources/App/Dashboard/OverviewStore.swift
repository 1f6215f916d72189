import Postgres

/// A product seen whole, with all below it; from kept counts.
struct OverviewStore: Sendable {
  let pool: PostgresPool

  static let latestLinks = 10

  /// The overview as one JSON object, or nil when there is no such product.
  func find(_ productID: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, productID).first?.json()
  }

  private static let find = Statement(
    """
    with recursive \(HealthStore.subtree),
    sentry as (
      select p.id, p.sentry_organization_id, p.product_id, p.slug, p.name, p.platform,
        p.sync_enabled, p.last_synced_at,
        coalesce(sum(c.issues), 0)::bigint as total,
        coalesce(sum(c.issues) filter (where c.status = 'unresolved'), 0)::bigint as unresolved,
        coalesce(sum(c.issues) filter (where c.status = 'resolved'), 0)::bigint as resolved,
        coalesce(sum(c.issues) filter (where c.status = 'ignored'), 0)::bigint as ignored
      from sentry_projects p left join sentry_issue_counts c on c.sentry_project_id = p.id
      where p.product_id in (select id from subtree) group by p.id
    ),
    jira as (
      select p.id, p.jira_organization_id, p.product_id, p.key, p.name, p.archived,
        p.sync_enabled, p.last_synced_at,
        coalesce(sum(c.issues), 0)::bigint as total,
        coalesce(sum(c.issues) filter (where c.status_category = 'new'), 0)::bigint as new,
        coalesce(sum(c.issues) filter (where c.status_category = 'indeterminate'), 0)::bigint
          as indeterminate,
        coalesce(sum(c.issues) filter (where c.status_category = 'done'), 0)::bigint as done
      from jira_projects p left join jira_issue_counts c on c.jira_project_id = p.id
      where p.product_id in (select id from subtree) group by p.id
    ),
    links_by_state as (
      select state, sum(links) as links from link_counts
      where sentry_project_id in (select id from sentry) or jira_project_id in (select id from jira)
      group by state
    ),
    latest as (
      select distinct recent.id
      from (
        select l.id from sentry cross join lateral (
          select id from links where sentry_project_id = sentry.id and state <> 'proposed'
          order by id desc limit \(latestLinks)) l
        union all
        select l.id from jira cross join lateral (
          select id from links where jira_project_id = jira.id and state <> 'proposed'
          order by id desc limit \(latestLinks)) l
      ) recent
      order by recent.id desc limit \(latestLinks)
    ),
    organizations as (
      select 'jira' as source, o.id, o.name, o.connection_status, o.connection_error,
        o.sync_enabled, rfc3339(o.last_synced_at) as last_synced_at,
        (select id from sync_runs r where r.jira_organization_id = o.id and r.status = 'running')
          as running_sync_run_id
      from jira_organizations o where o.id in (select jira_organization_id from jira)
      union all
      select 'sentry', o.id, o.name, o.connection_status, o.connection_error, o.sync_enabled,
        rfc3339(o.last_synced_at),
        (select id from sync_runs r where r.sentry_organization_id = o.id and r.status = 'running')
      from sentry_organizations o where o.id in (select sentry_organization_id from sentry)
    )
    select
      (select json_build_object('id', p.id, 'name', p.name, 'slug', p.slug,
         'parent_id', p.parent_id, 'priority', p.priority, 'owner_team', p.owner_team)
       from products p where p.id = $1) as product,
      (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name, 'slug', p.slug,
         'parent_id', p.parent_id) order by p.name), '[]')
       from products p where p.id in (select id from subtree) and p.id <> $1) as descendants,
      (select coalesce(json_agg(json_build_object('id', id,
         'sentry_organization_id', sentry_organization_id, 'product_id', product_id, 'slug', slug,
         'name', name, 'platform', platform, 'sync_enabled', sync_enabled,
         'last_synced_at', rfc3339(last_synced_at), 'issue_counts', json_build_object('total', total,
           'unresolved', unresolved, 'resolved', resolved, 'ignored', ignored))
         order by unresolved desc, slug, id), '[]') from sentry) as sentry_projects,
      (select coalesce(json_agg(json_build_object('id', id,
         'jira_organization_id', jira_organization_id, 'product_id', product_id, 'key', key,
         'name', name, 'archived', archived, 'sync_enabled', sync_enabled,
         'last_synced_at', rfc3339(last_synced_at), 'issue_counts', json_build_object('total', total,
           'new', new, 'indeterminate', indeterminate, 'done', done))
         order by new + indeterminate desc, key, id), '[]') from jira) as jira_projects,
      (select json_build_object(\(sentryIssues))
       from sentry_issue_counts where sentry_project_id in (select id from sentry))
        as sentry_issues,
      (select json_build_object('total', coalesce(sum(total), 0), 'new', coalesce(sum(new), 0),
         'indeterminate', coalesce(sum(indeterminate), 0), 'done', coalesce(sum(done), 0))
       from jira) as jira_issues,
      (select json_build_object(\(links))
       from links_by_state) as links,
      (select coalesce(json_agg(json_build_object('id', l.id, 'state', l.state,
         'created_at', rfc3339(l.created_at), 'last_error', l.last_error,
         'sentry_issue', json_build_object('id', s.id, 'short_id', s.short_id,
           'title', left(s.title, 300), 'level', s.level, 'status', s.status),
         'jira_issue', case when j.id is not null then json_build_object('id', j.id, 'key', j.key,
           'summary', left(j.summary, 300), 'status', j.status,
           'status_category', j.status_category) end) order by l.id desc), '[]')
       from latest join links l on l.id = latest.id join sentry_issues s on s.id = l.sentry_issue_id
         left join jira_issues j on j.id = l.jira_issue_id) as latest_links,
      (select json_build_object(
         'oldest_synced_at', (select rfc3339(min(last_synced_at)) from
           (select last_synced_at from sentry where sync_enabled
            union all select last_synced_at from jira where sync_enabled and not archived) p),
         'never_synced', (select count(*) from
           (select last_synced_at from sentry where sync_enabled
            union all select last_synced_at from jira where sync_enabled and not archived) p
           where last_synced_at is null),
         'organizations', (select coalesce(json_agg(to_json(o) order by o.source, o.name), '[]')
           from organizations o))) as sync
    from products where id = $1
    """)

  /// Members of a JSON object, over `sentry_issue_counts`.
  static let sentryIssues = """
    \(SentryProjectStore.issueCounts),
    'unresolved_with_ticket', coalesce(sum(ticketed) filter (where status = 'unresolved'), 0),
    'unresolved_by_level', json_build_object(\(unresolvedByLevel))
    """
  /// Members of a JSON object, over counts of links by state. A proposed link is not one yet: the total
  /// leaves it out.
  static let links = """
    'total', coalesce(sum(links) filter (where state <> 'proposed'), 0)
    """
    + ["proposed", "pending", "active", "broken"].map {
      ", '\($0)', coalesce(sum(links) filter (where state = '\($0)'), 0)"
    }.joined()

  private static let unresolvedByLevel = ["fatal", "error", "warning", "info", "debug", "sample"]
    .map {
      "'\($0)', coalesce(sum(issues) filter (where status = 'unresolved' and level = '\($0)'), 0)"
    }.joined(separator: ", ")
}
