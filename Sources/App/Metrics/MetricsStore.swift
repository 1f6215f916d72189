import Postgres

/// What the database knows of the service's work, as metrics.
struct MetricsStore: Sendable {
  let pool: PostgresPool

  /// Asks and writes down: jobs by kind and state, runs, how long ago syncs were, budgets, links.
  func collect() async throws -> String {
    var text = ""
    for (name, kind, statement) in Self.metrics {
      text += "# TYPE \(name) \(kind)\n"
      let rows = try await pool.query(statement, timeout: .seconds(5))
      let names = rows.columns.dropLast().map(\.name)
      for row in rows {
        let labels = try names.map { ($0, try row.textOrNil($0) ?? "") }
        text += PrometheusMetrics.line(
          name, PrometheusMetrics.key(labels), try row.double("value"))
      }
    }
    return text
  }

  /// The last column is the value, those before it are labels. Completed jobs are left out: they are
  /// many, and pruned.
  private static let metrics: [(String, String, Statement)] = [
    (
      "issuebridge_jobs", "gauge",
      """
      select kind, state, count(*)::float8 as value from jobs
      where state in ('available', 'scheduled', 'running', 'retryable', 'discarded')
      group by kind, state order by kind, state
      """
    ),
    (
      "issuebridge_job_oldest_available_seconds", "gauge",
      """
      select coalesce(extract(epoch from now() - min(scheduled_at)), 0)::float8 as value
      from jobs where state = 'available'
      """
    ),
    (
      "issuebridge_sync_runs_active", "gauge",
      """
      select source, status, count(*)::float8 as value from sync_runs
      where status in ('queued', 'running') group by source, status
      """
    ),
    (
      "issuebridge_sync_last_success_age_seconds", "gauge",
      """
      select 'jira' as source, id::text as organization,
        extract(epoch from now() - last_synced_at)::float8 as value
      from jira_organizations where last_synced_at is not null
      union all
      select 'sentry', id::text, extract(epoch from now() - last_synced_at)::float8
      from sentry_organizations where last_synced_at is not null
      order by 1, 2
      """
    ),
    (
      "issuebridge_vendor_budget_remaining", "gauge",
      """
      select source, organization_id::text as organization, endpoint, remaining::float8 as value
      from vendor_budgets where remaining is not null order by 1, 2, 3
      """
    ),
    (
      "issuebridge_vendor_budget_limit", "gauge",
      """
      select source, organization_id::text as organization, endpoint, limit_count::float8 as value
      from vendor_budgets where limit_count is not null order by 1, 2, 3
      """
    ),
    (
      "issuebridge_vendor_held_seconds", "gauge",
      """
      select source, organization_id::text as organization, endpoint,
        extract(epoch from held_until - now())::float8 as value
      from vendor_budgets where held_until > now() order by 1, 2, 3
      """
    ),
    (
      "issuebridge_deferred_indexes", "gauge",
      "select count(*)::float8 as value from deferred_indexes"
    ),
    (
      "issuebridge_links", "gauge",
      "select state, count(*)::float8 as value from links group by state order by state"
    ),
  ]
}
