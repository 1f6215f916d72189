import Postgres
import RESTClient

/// A link with what the vendors call its sides.
struct LinkPair: Sendable {
  var id: Int64
  var jiraOrganizationID, jiraID: Int64
  var sentryOrganizationID, sentryID: Int64
}

/// The drift check's run and the links it walks over.
struct ReconciliationStore: Sendable {
  let pool: PostgresPool

  /// Begins a run.
  ///
  /// - Returns: nil while another one is at work, and where there is no link to check.
  func begin(trigger: String) async throws -> Int64? {
    try await pool.transaction { connection in
      _ = try connection.query(Self.lock)
      _ = try connection.query(Self.bury)
      guard try connection.query(Self.running).isEmpty else { return nil }
      return try connection.query(Self.begin, trigger).first?.int64("id")
    }
  }

  /// The next links after one, by id.
  func pairs(after id: Int64, limit: Int) async throws -> [LinkPair] {
    try await pool.query(Self.pairs, id, limit).map { row in
      LinkPair(
        id: try row.int64("id"), jiraOrganizationID: try row.int64("jira_organization_id"),
        jiraID: try row.int64("jira_id"),
        sentryOrganizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"))
    }
  }

  /// Plans a comparison of each active link whose sides are not what they last agreed on: its change
  /// was never told, or could not be carried over then.
  ///
  /// - Returns: how many there are.
  func enqueueDrifted(_ ids: [Int64]) async throws -> Int {
    try await pool.query(Self.enqueueDrifted, ids)[0].int(0)
  }

  /// - Returns: whether the run shall stop.
  func note(_ id: Int64, links: Int, drifted: Int, failures: [JSONValue]) async throws -> Bool {
    let rows = try await pool.query(
      Self.note, id, links, drifted,
      String(decoding: JSONValue.array(failures).encoded(), as: UTF8.self))
    return try rows.first?.bool("cancel_requested") ?? true
  }

  func finish(_ id: Int64, status: String) async throws {
    _ = try await pool.query(Self.finish, id, status)
  }

  private static let lock: Statement =
    "select pg_advisory_xact_lock(hashtext('sync_runs.links'), 0)"
  private static let bury: Statement = """
    update sync_runs set status = 'failed', finished_at = now(),
      errors = errors || jsonb_build_object(
        'project', null, 'detail', 'The process that did it ended without a word.')
    where source = 'links' and status = 'running'
      and coalesce(heartbeat_at, created_at) < now() - interval '3 minutes'
    """
  private static let running: Statement =
    "select id from sync_runs where source = 'links' and status = 'running'"
  private static let begin: Statement = """
    insert into sync_runs (source, mode, trigger, status, started_at, heartbeat_at, progress_total)
    select 'links', 'full', $1, 'running', now(), now(), links.count
    from (select count(*) from links
          where state in ('active', 'broken') and jira_issue_id is not null) links
    where links.count > 0
    returning id
    """
  private static let pairs: Statement = """
    select l.id, j.jira_organization_id, j.jira_id, s.sentry_organization_id, s.sentry_id
    from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.id > $1 and l.state in ('active', 'broken') order by l.id limit $2
    """
  private static let enqueueDrifted: Statement = """
    with drifted as (
      select l.id from links l join jira_issues j on j.id = l.jira_issue_id
        join sentry_issues s on s.id = l.sentry_issue_id
      where l.id = any($1) and l.state = 'active'
        and ((l.agreed_sentry_status, l.agreed_jira_category)
              is distinct from (s.status, j.status_category)
          or coalesce(l.agreed_jira_status, j.status) <> j.status))
    select count(id)::bigint, links_enqueue_sync(array_agg(id), 'drift check')::text from drifted
    """
  private static let note: Statement = """
    update sync_runs set links_synced = $2, progress_done = $2, issues_updated = $3,
      errors = $4::text::jsonb, heartbeat_at = now()
    where id = $1 and status = 'running' returning cancel_requested
    """
  private static let finish: Statement =
    "update sync_runs set status = $2, finished_at = now() where id = $1 and status = 'running'"
}
