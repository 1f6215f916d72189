import Postgres

/// Deletes what is older than its retention, a bounded number of rows a statement, so that no
/// statement takes long or holds many rows.
struct RetentionStore: Sendable {
  let pool: PostgresPool
  let retention: Retention
  /// Rows a statement.
  var batch = 2000
  /// Links looked at by a statement.
  var linksTogether = 200

  /// - Returns: how many rows of which table were deleted.
  func prune() async throws -> [String: Int] {
    var deleted = [
      "webhook_deliveries": try await pruneDeliveries(),
      "link_events": try await pruneLinkEvents(),
    ]
    for (table, name, statement) in Self.aged {
      deleted[table] = try await all { try await pool.query(statement, retention[name], batch) }
    }
    for (table, statement) in Self.ended {
      deleted[table] = try await all { try await pool.query(statement, batch) }
    }
    return deleted.filter { $0.value > 0 }
  }

  private func all(_ delete: () async throws -> Rows) async throws -> Int {
    var total = 0
    var deleted = batch
    while deleted == batch {
      deleted = try await delete().affected
      total += deleted
    }
    return total
  }

  /// Walks from the oldest on and ends at the first one that is young: there is no index by time,
  /// which each receipt would have to keep, but ids grow with it.
  private func pruneDeliveries() async throws -> Int {
    var total = 0
    var last: Int64 = 0
    while true {
      let page = try await pool.query(
        Self.deliveries, last, batch, retention["webhook_deliveries"],
        retention["failed_webhook_deliveries"])[0]
      total += try page.int("deleted")
      guard let end = try page.int64OrNil("last"), try !page.bool("is_end") else { return total }
      last = end
    }
  }

  /// Link by link, since the newest events of each stay.
  private func pruneLinkEvents() async throws -> Int {
    var total = 0
    var last: Int64 = 0
    while let end = try await pool.query(Self.links, last, linksTogether)[0].int64OrNil(0) {
      total += try await all {
        try await pool.query(
          Self.linkEvents, last, end, retention[Retention.linkEventsKept],
          retention["link_events"], batch)
      }
      last = end
    }
    return total
  }

  private static let deliveries: Statement = """
    with page as materialized (
      select id, received_at, state,
        received_at < now() - make_interval(days => $3::bigint::int)
            and state in ('processed', 'ignored')
          or received_at < now() - make_interval(days => $4::bigint::int) as goes
      from webhook_deliveries where id > $1 order by id limit $2),
    gone as (
      delete from webhook_deliveries d using page
      where d.id = page.id and page.goes and d.state = page.state returning d.id)
    select max(id) as last, (select count(*) from gone) as deleted,
      count(*) < $2 or bool_or(received_at >= now() - make_interval(
        days => least($3::bigint, $4::bigint)::int)) as is_end
    from page
    """
  private static let links: Statement =
    "select max(id) from (select id from links where id > $1 order by id limit $2) page"
  private static let linkEvents: Statement = """
    delete from link_events where id in (
      select e.id
      from (
        select l.id as link_id, (
          select n.id from link_events n where n.link_id = l.id
          order by n.id desc offset $3 limit 1) as last_to_go
        from links l where l.id > $1 and l.id <= $2) kept
      join link_events e on e.link_id = kept.link_id and e.id <= kept.last_to_go
      where e.occurred_at < now() - make_interval(days => $4::bigint::int)
      limit $5)
    """

  /// Table, name of the retention, and what deletes at most $2 rows older than $1 days.
  private static let aged: [(String, String, Statement)] = [
    (
      "vendor_writes", "vendor_writes",
      """
      delete from vendor_writes where id in (
        select id from vendor_writes
        where written_at < now() - make_interval(days => $1::bigint::int)
        order by written_at limit $2)
      """
    ),
    // The last run of all projects stays, however old: an organization's schedule goes by it.
    (
      "sync_runs", "sync_runs",
      """
      delete from sync_runs where id in (
        select r.id from sync_runs r
        where r.finished_at < now() - make_interval(days => $1::bigint::int) and (
          r.dry_run or r.project_keys <> '{}'
          or exists (select from sync_runs n where n.jira_organization_id = r.jira_organization_id
            and n.id > r.id and not n.dry_run and n.project_keys = '{}')
          or exists (select from sync_runs n where n.sentry_organization_id = r.sentry_organization_id
            and n.id > r.id and not n.dry_run and n.project_keys = '{}')
          or r.source = 'links'
            and exists (select from sync_runs n where n.source = 'links' and n.id > r.id))
        order by r.id limit $2)
      """
    ),
    (
      "ticket_batches", "ticket_batches",
      """
      delete from ticket_batches where id in (
        select id from ticket_batches
        where finished_at < now() - make_interval(days => $1::bigint::int) order by id limit $2)
      """
    ),
    (
      "audit_events", "audit_events",
      """
      delete from audit_events where id in (
        select id from audit_events
        where occurred_at < now() - make_interval(days => $1::bigint::int)
        order by occurred_at, id limit $2)
      """
    ),
    (
      "webhook_hours", "webhook_hours",
      """
      delete from webhook_hours where (hour, source) in (
        select hour, source from webhook_hours
        where hour < now() - make_interval(days => $1::bigint::int) order by hour limit $2)
      """
    ),
  ]

  /// What has a time of its own, is not counted any more, or belongs to an organization that is gone: at
  /// most $1 rows.
  private static let ended: [(String, Statement)] = [
    (
      "idempotency_keys",
      """
      delete from idempotency_keys where (owner, key) in (
        select owner, key from idempotency_keys where created_at < now() - interval '24 hours'
        order by created_at limit $1 for update skip locked)
      """
    ),
    (
      "console_sessions",
      """
      delete from console_sessions where id in (
        select id from console_sessions where expires_at < now()
        order by expires_at limit $1 for update skip locked)
      """
    ),
    ("jira_issue_days", uncounted(of: "jira_issue_days", key: "jira_project_id, day")),
    (
      "jira_resolution_days",
      uncounted(of: "jira_resolution_days", key: "jira_project_id, day, step")
    ),
    ("vendor_budgets", orphans(of: "vendor_budgets", key: "source, organization_id, endpoint")),
    ("webhook_refusals", orphans(of: "webhook_refusals", key: "source, organization_id, reason")),
    ("sync_memories", orphans(of: "sync_memories", key: "source, organization_id")),
  ]

  /// Days before those that are counted.
  private static func uncounted(of table: String, key: String) -> Statement {
    Statement(
      """
      delete from \(table) where (\(key)) in (
        select \(key) from \(table) where day < utc_day(counted_since()) limit $1)
      """)
  }

  private static func orphans(of table: String, key: String) -> Statement {
    Statement(
      """
      delete from \(table) where (\(key)) in (
        select \(key) from \(table) t
        where t.source = 'jira'
            and not exists (select from jira_organizations o where o.id = t.organization_id)
          or t.source = 'sentry'
            and not exists (select from sentry_organizations o where o.id = t.organization_id)
        limit $1)
      """)
  }
}
