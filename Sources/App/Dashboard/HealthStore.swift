import Foundation
import Postgres
import RESTClient

/// The facts of health, all from kept counts: their cost grows with projects and days, not with
/// issues.
struct HealthStore: Sendable {
  let pool: PostgresPool

  /// How long daily history is kept.
  static let historyDays = 3 * 366

  /// - Returns: nil when there is no such product.
  func facts(_ productID: Int64, days: Int) async throws -> HealthFacts? {
    let row = try await pool.read(Self.facts, productID, Int64(days))[0]
    guard try row.int("products") > 0 else { return nil }
    var facts = HealthFacts(days: days)
    facts.errors = HealthFacts.Errors(
      projects: try row.int("sentry_projects"), fatal: try row.int("fatal"),
      error: try row.int("error"), warning: try row.int("warning"), other: try row.int("other"),
      regressed: try row.int("regressed"), new: try row.int("new_errors"),
      users: try row.int("users"), ticketed: try row.int("ticketed"))
    facts.tickets = HealthFacts.Tickets(
      projects: try row.int("jira_projects"), open: try row.int("open"),
      meanAgeDays: try row.doubleOrNil("mean_age_days"), created: try row.int("created"),
      resolved: try row.int("resolved"),
      medianHoursToResolve: ResolutionTimes(
        steps: try row.int64Array("steps"), counts: try row.int64Array("step_counts")
      ).medianHours)
    facts.freshness = HealthFacts.Freshness(
      projects: try row.int("synced_projects"), mean: try row.doubleOrNil("freshness"),
      neverSynced: try row.int("never_synced"),
      failingOrganizations: try row.int("failing_organizations"))
    return facts
  }

  /// The last days, oldest first, as a JSON array.
  func history(_ productID: Int64, days: Int) async throws -> [UInt8] {
    var json: [UInt8] = []
    try await pool.read(Self.history, productID, Int64(days)).appendJSONArray(to: &json)
    return json
  }

  func productIDs() async throws -> [Int64] {
    try await pool.read(Self.productIDs).map { try $0.int64("id") }
  }

  /// Keeps today's health; the last of a day stays.
  func record(_ productID: Int64, _ health: Health) async throws {
    let values = String(decoding: health.valuesJSON.encoded(), as: UTF8.self)
    _ = try await pool.query(Self.record, productID, health.score, values)
  }

  func prune() async throws { _ = try await pool.query(Self.prune, Int64(Self.historyDays)) }

  /// $1 and all below it.
  static let subtree = """
    subtree (id) as (
      select id from products where id = $1
      union all
      select p.id from products p join subtree s on p.parent_id = s.id
    )
    """

  private static let facts = Statement(
    """
    with recursive \(subtree),
    sentry as (
      select p.id, p.last_synced_at, p.sync_enabled and o.sync_enabled as is_synced,
        o.sync_interval_minutes, o.id as organization_id, o.connection_status
      from sentry_projects p join sentry_organizations o on o.id = p.sentry_organization_id
      where p.product_id in (select id from subtree)
    ),
    jira as (
      select p.id, p.last_synced_at,
        p.sync_enabled and o.sync_enabled and not p.archived as is_synced,
        o.sync_interval_minutes, o.id as organization_id, o.connection_status
      from jira_projects p join jira_organizations o on o.id = p.jira_organization_id
      where p.product_id in (select id from subtree)
    ),
    errors as (
      select
        coalesce(sum(issues) filter (where level = 'fatal'), 0)::bigint as fatal,
        coalesce(sum(issues) filter (where level = 'error'), 0)::bigint as error,
        coalesce(sum(issues) filter (where level = 'warning'), 0)::bigint as warning,
        coalesce(sum(issues) filter (where level in ('info', 'debug', 'sample')), 0)::bigint
          as other,
        coalesce(sum(regressed), 0)::bigint as regressed, coalesce(sum(users), 0)::bigint as users,
        coalesce(sum(ticketed), 0)::bigint as ticketed
      from sentry_issue_counts
      where sentry_project_id in (select id from sentry) and status = 'unresolved'
    ),
    new_errors as (
      select coalesce(sum(first_seen), 0)::bigint as new_errors from sentry_issue_days
      where sentry_project_id in (select id from sentry)
        and day > utc_day(now()) - $2::bigint::int
    ),
    open_tickets as (
      select coalesce(sum(issues), 0)::bigint as open,
        ((extract(epoch from now()) - sum(created_seconds) / nullif(sum(issues), 0)) / 86400)::float8
          as mean_age_days
      from jira_issue_counts
      where jira_project_id in (select id from jira) and status_category <> 'done'
    ),
    created_tickets as (
      select coalesce(sum(created), 0)::bigint as created from jira_issue_days
      where jira_project_id in (select id from jira) and day > utc_day(now()) - $2::bigint::int
    ),
    resolved_tickets as (
      select coalesce(sum(resolved), 0)::bigint as resolved,
        coalesce(array_agg(step order by step), '{}') as steps,
        coalesce(array_agg(resolved order by step), '{}') as step_counts
      from (
        select step::bigint as step, sum(resolved)::bigint as resolved from jira_resolution_days
        where jira_project_id in (select id from jira) and day > utc_day(now()) - $2::bigint::int
        group by step
      ) times
    ),
    freshness as (
      select count(*) as synced_projects,
        count(*) filter (where last_synced_at is null) as never_synced,
        avg(coalesce(greatest(0, least(1, (10 - extract(epoch from now() - last_synced_at)
          / (60 * sync_interval_minutes)) / 8)), 0))::float8 as freshness
      from (select * from sentry union all select * from jira) projects where is_synced
    ),
    failing as (
      select (select count(distinct organization_id) from sentry
              where connection_status in ('failed', 'unauthorized'))
        + (select count(distinct organization_id) from jira
           where connection_status in ('failed', 'unauthorized')) as failing_organizations
    )
    select (select count(*) from subtree) as products,
      (select count(*) from sentry) as sentry_projects,
      (select count(*) from jira) as jira_projects, *
    from errors, new_errors, open_tickets, created_tickets, resolved_tickets, freshness, failing
    """)

  private static let history: Statement = """
    select day as date, score,
      (components ->> 'error_pressure')::float8 as error_pressure,
      (components ->> 'ticket_velocity')::float8 as ticket_velocity,
      (components ->> 'coverage')::float8 as coverage,
      (components ->> 'sync_freshness')::float8 as sync_freshness
    from product_health_days
    where product_id = $1 and day > utc_day(now()) - $2::bigint::int
    order by day
    """
  private static let productIDs: Statement = "select id from products order by id"
  private static let record: Statement = """
    insert into product_health_days as kept (product_id, day, score, components)
    select id, utc_day(now()), $2, $3::text::jsonb from products where id = $1
    on conflict (product_id, day) do update
      set score = excluded.score, components = excluded.components
      where (kept.score, kept.components) is distinct from (excluded.score, excluded.components)
    """
  private static let prune: Statement =
    "delete from product_health_days where day < utc_day(now()) - $1::bigint::int"
}
