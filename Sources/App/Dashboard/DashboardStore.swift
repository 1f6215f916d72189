import Postgres
import RESTClient

/// What the console's first page shows; from kept counts and short index walks.
struct DashboardStore: Sendable {
  let pool: PostgresPool

  /// Days of the series.
  static let days = 30
  /// Hours of the webhooks' series.
  static let hours = 24
  /// The most that is told of one kind of thing that needs a person.
  static let mostOfAKind = 20
  /// Products with the worst health that are told.
  static let mostProducts = 20
  /// A pending link that carries an error waits for a person after so many minutes.
  static let waitingMinutes = 5

  /// Counts, series, organizations and what needs a person, as one JSON object.
  func counts() async throws -> [UInt8] { try await pool.read(Self.counts)[0].json() }

  struct ProductHealth: Sendable {
    let id: Int64
    let name: String
    let slug: String
    let priority: String
    let score: Double
  }

  /// The products whose last recorded health is worst, not older than a day.
  func worstProducts() async throws -> [ProductHealth] {
    try await pool.read(Self.worst).map { row in
      ProductHealth(
        id: try row.int64("id"), name: try row.text("name"), slug: try row.text("slug"),
        priority: try row.text("priority"), score: try row.double("score"))
    }
  }

  private static let counts = Statement(
    """
    with days as (
      select generate_series(utc_day(now()) - \(days - 1), utc_day(now()), interval '1 day')::date
        as day
    ),
    hours as (
      select generate_series(date_trunc('hour', now(), 'UTC') - interval '\(hours - 1) hours',
        date_trunc('hour', now(), 'UTC'), interval '1 hour') as hour
    ),
    organizations as (
      select 'jira' as source, o.id, o.name, o.connection_status, o.connection_error,
        rfc3339(o.connection_checked_at) as connection_checked_at, o.sync_enabled,
        o.sync_interval_minutes, rfc3339(o.last_synced_at) as last_synced_at,
        (select id from sync_runs r where r.jira_organization_id = o.id and r.status = 'running')
          as running_sync_run_id,
        (select json_build_object('id', r.id, 'status', r.status, 'mode', r.mode,
           'finished_at', rfc3339(r.finished_at))
         from sync_runs r where r.jira_organization_id = o.id and r.finished_at is not null
         order by r.id desc limit 1) as last_sync_run
      from jira_organizations o
      union all
      select 'sentry', o.id, o.name, o.connection_status, o.connection_error,
        rfc3339(o.connection_checked_at), o.sync_enabled, o.sync_interval_minutes,
        rfc3339(o.last_synced_at),
        (select id from sync_runs r where r.sentry_organization_id = o.id and r.status = 'running'),
        (select json_build_object('id', r.id, 'status', r.status, 'mode', r.mode,
           'finished_at', rfc3339(r.finished_at))
         from sync_runs r where r.sentry_organization_id = o.id and r.finished_at is not null
         order by r.id desc limit 1)
      from sentry_organizations o
    ),
    attention as (
      select 'organization_' || connection_status as kind, source || '_organization' as resource_type,
        id as resource_id, initcap(source) || ' organization ' || name || ': '
          || coalesce(connection_error, 'the last connection test failed') as message,
        connection_checked_at as since
      from organizations where connection_status in ('failed', 'unauthorized')
      union all
      select 'sync_' || (last_sync_run ->> 'status'), 'sync_run',
        (last_sync_run ->> 'id')::bigint,
        'The last sync of the ' || initcap(source) || ' organization ' || name || ' was '
          || case last_sync_run ->> 'status' when 'failed' then 'a failure.'
             when 'needs_confirmation' then 'held: it waits for a person to confirm what it would delete.'
             else 'only partly done.' end,
        last_sync_run ->> 'finished_at'
      from organizations where last_sync_run ->> 'status' in ('failed', 'partial', 'needs_confirmation')
      union all
      select * from (
        select 'link_broken', 'link', id,
          'Link ' || id || ' is broken' || coalesce(': ' || last_error, '.'), rfc3339(updated_at)
        from links where state = 'broken' order by id desc limit \(mostOfAKind)) broken
      union all
      select * from (
        select 'link_waiting', 'link', id,
          'Link ' || id || ' waits for a person: ' || last_error, rfc3339(updated_at)
        from links
        where state = 'pending' and last_error is not null
          and created_at < now() - interval '\(waitingMinutes) minutes'
        order by id desc limit \(mostOfAKind)) waiting
      union all
      select 'links_proposed', 'link', max(id),
        count(*) || ' proposed link' || case when count(*) = 1 then '' else 's' end || ' to review.',
        rfc3339(max(created_at))
      from links where state = 'proposed' having count(*) > 0
      union all
      select * from (
        select 'job_discarded', 'job', id,
          'Job ' || id || ' (' || kind || ') was given up after ' || attempt || ' attempts.',
          rfc3339(finalized_at)
        from jobs where state = 'discarded' order by id desc limit \(mostOfAKind)) discarded
    )
    select rfc3339(now()) as generated_at,
      (select count(*) from products) as product_count,
      (select coalesce(json_agg(to_json(o) order by o.name, o.source), '[]') from organizations o)
        as organizations,
      (select json_build_object(\(OverviewStore.sentryIssues))
       from sentry_issue_counts) as sentry_issues,
      (select json_build_object(\(JiraProjectStore.issueCounts))
       from jira_issue_counts) as jira_issues,
      (select json_build_object(\(OverviewStore.links))
       from link_counts) as links,
      (select json_build_object(
         'jira', (select count(*) from jira_projects where product_id is null and not archived),
         'sentry', (select count(*) from sentry_projects where product_id is null)))
        as unassigned_projects,
      (select json_build_object(
         'waiting', count(*) filter (where state in ('available', 'scheduled', 'retryable')),
         'running', count(*) filter (where state = 'running'),
         'discarded', count(*) filter (where state = 'discarded'))
       from jobs where state in ('available', 'scheduled', 'retryable', 'running', 'discarded'))
        as jobs,
      (select json_agg(json_build_object('date', days.day, 'made', coalesce(l.made, 0),
         'resolved', coalesce(l.resolved, 0)) order by days.day)
       from days left join link_days l using (day)) as links_per_day,
      (select json_agg(json_build_object('date', days.day, 'first_seen', coalesce(s.first_seen, 0))
         order by days.day)
       from days left join (select day, sum(first_seen) as first_seen from sentry_issue_days
         where day > utc_day(now()) - \(days) group by day) s using (day)) as errors_per_day,
      (select json_agg(json_build_object('date', days.day, 'created', coalesce(c.created, 0),
         'resolved', coalesce(r.resolved, 0)) order by days.day)
       from days
         left join (select day, sum(created) as created from jira_issue_days
           where day > utc_day(now()) - \(days) group by day) c using (day)
         left join (select day, sum(resolved) as resolved from jira_resolution_days
           where day > utc_day(now()) - \(days) group by day) r using (day)) as tickets_per_day,
      (select json_agg(json_build_object('hour', rfc3339(hours.hour),
         'jira', coalesce(j.deliveries, 0), 'sentry', coalesce(s.deliveries, 0)) order by hours.hour)
       from hours
         left join webhook_hours j on j.hour = hours.hour and j.source = 'jira'
         left join webhook_hours s on s.hour = hours.hour and s.source = 'sentry')
        as webhooks_per_hour,
      (select coalesce(json_agg(json_build_object('kind', kind, 'message', left(message, 500),
         'resource_type', resource_type, 'resource_id', resource_id, 'since', since)
         order by since desc nulls last), '[]') from attention) as attention
    """)

  private static let worst = Statement(
    """
    select p.id, p.name, p.slug, p.priority, h.score
    from product_health_days h join products p on p.id = h.product_id
    where h.score is not null and h.day = (
      select max(day) from product_health_days last
      where last.product_id = p.id and last.day >= utc_day(now()) - 1)
    order by h.score, p.name, p.id limit \(mostProducts)
    """)
}
