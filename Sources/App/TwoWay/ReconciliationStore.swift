import JobQueue
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
  let jobs: JobStore

  /// Stores a check that waits, together with the job that does it unless the caller does it itself.
  /// One that waits or works keeps others away.
  ///
  /// - Throws: a 409 that names the one at work; a 422 that names an organization that is not there.
  func insert(trigger: String, _ scope: ReconciliationScope, enqueuesJob: Bool) async throws
    -> Int64
  {
    try await pool.change { [jobs] connection in
      _ = try connection.query(Self.lock)
      _ = try connection.query(Self.bury)
      if let other = try connection.query(Self.active).first {
        throw Self.isRunning(try other.int64("id"), try other.text("status"))
      }
      try Self.check(scope, connection)
      let json = scope.isEverything ? nil : String(decoding: scope.json.encoded(), as: UTF8.self)
      let id = try connection.query(Self.insert, trigger, json)[0].int64("id")
      if enqueuesJob {
        try jobs.enqueue(
          ReconcileLinks(runID: id), on: connection,
          options: JobOptions(priority: 3, uniqueKey: RunSync.key(of: id), maxAttempts: 3))
      }
      return id
    }
  }

  private static func isRunning(_ id: Int64, _ status: String) -> Problem {
    var problem = Problem.conflict(
      "reconciliation-running", "Drift check \(id) is \(status); wait for it, or stop it.")
    problem.members["sync_run"] = .object(["id": JSONValue(id)])
    return problem
  }

  private static func check(_ scope: ReconciliationScope, _ connection: Connection) throws {
    let missing = try connection.query(
      Self.missing, scope.jiraOrganizationIDs, scope.sentryOrganizationIDs
    ).map { row in
      let vendor = try row.text("vendor")
      return Problem.FieldError(
        pointer: "/\(vendor)_organization_ids",
        detail: "There is no \(vendor) organization \(try row.int64("id")).")
    }
    if !missing.isEmpty { throw Problem.invalid(missing) }
  }

  func hasLinks() async throws -> Bool { try await !pairs(after: 0, limit: 1, .init()).isEmpty }

  /// Claims a check for work, from `queued`, or again from `running` after a crash: it begins anew.
  ///
  /// - Returns: nil when it has ended or was cancelled before it began.
  func claim(_ id: Int64) async throws -> ReconciliationScope? {
    guard let row = try await pool.query(Self.claim, id).first else { return nil }
    let scope = ReconciliationScope(
      try row.textOrNil("scope").map { try JSONValue(parsing: Array($0.utf8)) })
    let ids = Self.ids(scope)
    _ = try await pool.query(Self.countLinks, id, ids.jira, ids.sentry)
    return scope
  }

  /// The next links after one, by id.
  func pairs(after id: Int64, limit: Int, _ scope: ReconciliationScope) async throws -> [LinkPair] {
    let ids = Self.ids(scope)
    return try await pool.query(Self.pairs, id, limit, ids.jira, ids.sentry).map { row in
      LinkPair(
        id: try row.int64("id"), jiraOrganizationID: try row.int64("jira_organization_id"),
        jiraID: try row.int64("jira_id"),
        sentryOrganizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"))
    }
  }

  /// Of links that were read: those whose sides are not what they last agreed on (their change was
  /// never told, or could not be carried over then), and how many lost or found again a side.
  func found(_ ids: [Int64], run: Int64) async throws -> (drifted: [Int64], comeOrGone: Int) {
    (
      try await pool.query(Self.drifted, ids).map { try $0.int64(0) },
      try await pool.query(Self.comeOrGone, ids, run)[0].int(0)
    )
  }

  /// - Returns: whether the check shall stop.
  func note(_ id: Int64, _ counts: DriftFindings.Counts, errors: JSONValue) async throws -> Bool {
    let rows = try await pool.query(
      Self.note, id, counts.links, counts.drifted, counts.repaired,
      String(decoding: errors.encoded(), as: UTF8.self))
    return try rows.first?.bool("cancel_requested") ?? true
  }

  func finish(_ id: Int64, status: String) async throws {
    _ = try await pool.query(Self.finish, id, status)
  }

  /// nil: of every organization.
  private static func ids(_ scope: ReconciliationScope) -> (jira: [Int64]?, sentry: [Int64]?) {
    scope.isEverything ? (nil, nil) : (scope.jiraOrganizationIDs, scope.sentryOrganizationIDs)
  }
}

extension ReconciliationStore {
  private static let lock: Statement =
    "select pg_advisory_xact_lock(hashtext('sync_runs.links'), 0)"
  /// A check that was not heard of for a minute and that no job will do.
  private static let bury: Statement = """
    update sync_runs set status = 'failed', finished_at = now(),
      errors = errors || jsonb_build_object(
        'project', null, 'detail', 'The worker stopped unexpectedly.')
    where source = 'links' and status in ('queued', 'running')
      and coalesce(heartbeat_at, created_at) < now() - interval '1 minute' and not exists (
        select from jobs where unique_key = 'sync_run:' || sync_runs.id
          and state in ('available', 'scheduled', 'retryable', 'running'))
    """
  private static let active: Statement = """
    select id, status from sync_runs where source = 'links' and status in ('queued', 'running')
    order by id limit 1
    """
  private static let missing: Statement = """
    select 'jira' as vendor, id from unnest($1::bigint[]) id
    where not exists (select from jira_organizations o where o.id = id.id)
    union all
    select 'sentry', id from unnest($2::bigint[]) id
    where not exists (select from sentry_organizations o where o.id = id.id)
    """
  private static let insert: Statement = """
    insert into sync_runs (source, mode, trigger, scope) values ('links', 'full', $1, $2::text::jsonb)
    returning id
    """
  private static let claim: Statement = """
    update sync_runs set status = 'running', started_at = coalesce(started_at, now()),
      heartbeat_at = now(), links_synced = 0, links_drifted = 0, links_repaired = 0,
      progress_done = 0, errors = '[]'
    where id = $1 and status in ('queued', 'running') returning scope::text as scope
    """
  private static let sides = """
    from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.state in ('active', 'broken') and not exists (
      select from sentry_projects p where p.id = s.sentry_project_id and p.not_visible_since is not null)
    """
  private static let countLinks = Statement(
    """
    update sync_runs set progress_total = (
      select count(*) \(sides)
        and ($2::bigint[] is null or j.jira_organization_id = any($2)
          or s.sentry_organization_id = any($3::bigint[])))
    where id = $1
    """)
  private static let pairs = Statement(
    """
    select l.id, j.jira_organization_id, j.jira_id, s.sentry_organization_id, s.sentry_id
    \(sides) and l.id > $1
      and ($3::bigint[] is null or j.jira_organization_id = any($3)
        or s.sentry_organization_id = any($4::bigint[]))
    order by l.id limit $2
    """)
  private static let drifted: Statement = """
    select l.id from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.id = any($1) and l.state = 'active'
      and ((l.agreed_sentry_status, l.agreed_jira_category)
            is distinct from (s.status, j.status_category)
        or coalesce(l.agreed_jira_status, j.status) <> j.status
        or l.agreed_jira_status is not null
          and l.agreed_jira_resolution is distinct from j.resolution)
    order by l.id
    """
  private static let comeOrGone: Statement = """
    select count(distinct e.link_id) from link_events e join sync_runs r on r.id = $2
    where e.link_id = any($1) and e.cause = 'drift check' and e.decision in ('break', 'revive')
      and e.occurred_at >= r.started_at
    """
  private static let note: Statement = """
    update sync_runs set links_synced = $2, progress_done = $2, links_drifted = $3,
      links_repaired = $4, errors = $5::text::jsonb, heartbeat_at = now()
    where id = $1 and status = 'running' returning cancel_requested
    """
  private static let finish: Statement =
    "update sync_runs set status = $2, finished_at = now() where id = $1 and status = 'running'"
}
