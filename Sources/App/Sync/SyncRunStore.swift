import JobQueue
import Postgres
import RESTClient

package struct SyncRunStore: Sendable {
  let pool: PostgresPool
  let jobs: JobStore

  static let sorts = [SortField("id", "r.id", "bigint")]

  struct Filters: Sendable {
    var source, status, mode: String?
    var organizationID: Int64?
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "r.id")
    query.filter("r.source = $?", filters.source)
    query.filter("r.status = $?", filters.status)
    query.filter("r.mode = $?", filters.mode)
    query.filter(
      "coalesce(r.jira_organization_id, r.sentry_organization_id) = $?", filters.organizationID)
    return try await query.run(on: pool, page: page)
  }

  /// The run as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Stores a run that waits, together with the job that does it unless the caller does it itself.
  ///
  /// - Throws: a 409 that names the run at work, unless forced: then that one is asked to stop and
  ///   the new one starts after it.
  func insert(_ request: SyncRunRequest, enqueuesJob: Bool) async throws -> Int64 {
    let (jiraID, sentryID) = request.source.organizationIDs
    return try await pool.transaction { [jobs] connection in
      _ = try connection.query(Self.lock, request.source.name, jiraID ?? sentryID)
      let active = try connection.query(Self.active, jiraID, sentryID)
      if let other = active.first, !request.force {
        let otherID = try other.int64("id")
        var problem = Problem.conflict(
          "sync-running",
          "Sync run \(otherID) of this organization is \(try other.text("status")); wait for it, or "
            + "send \"force\": true to stop it and start over.")
        problem.members["sync_run"] = .object(["id": JSONValue(otherID)])
        throw problem
      }
      if !active.isEmpty { _ = try connection.query(Self.cancelActive, jiraID, sentryID) }
      let id = try connection.query(
        Self.insert, request.source.name, jiraID, sentryID, request.full ? "full" : "incremental",
        request.trigger, request.dryRun, request.force, request.projectKeys)[0].int64("id")
      if enqueuesJob { _ = try jobs.enqueue(RunSync(runID: id), on: connection) }
      return id
    }
  }

  /// Claims a run for work: from `queued`, or again from `running` after a crash. Counters begin anew.
  ///
  /// - Returns: nil when it has ended or was cancelled before it began.
  func claim(_ id: Int64) async throws -> SyncRunRequest? {
    guard let row = try await pool.query(Self.claim, id).first else { return nil }
    let source: SyncSource =
      try row.text("source") == "jira"
      ? .jira(try row.int64("jira_organization_id"))
      : .sentry(try row.int64("sentry_organization_id"))
    return SyncRunRequest(
      source: source, full: try row.text("mode") == "full", trigger: try row.text("trigger"),
      dryRun: try row.bool("dry_run"), force: try row.bool("force"),
      projectKeys: try row.textArray("project_keys"))
  }

  /// Stores the progress.
  ///
  /// - Returns: whether the run shall stop.
  func note(_ id: Int64, _ progress: SyncProgress) async throws -> Bool {
    let rows = try await pool.query(
      Self.note, id, progress.projectsSynced, progress.issuesSeen, progress.issuesCreated,
      progress.issuesUpdated, progress.issuesUnchanged, progress.issuesDeleted, progress.done,
      progress.total, Self.json(progress.failures))
    return try rows.first?.bool("cancel_requested") ?? true
  }

  func finish(_ id: Int64, status: String) async throws {
    _ = try await pool.query(Self.finish, id, status)
  }

  private static func json(_ failures: [SyncProgress.Failure]) -> String {
    let value = JSONValue.array(
      failures.map {
        .object(["project": JSONValue($0.project), "detail": .string($0.detail)])
      })
    return String(decoding: value.encoded(), as: UTF8.self)
  }

  private static let columns = """
    r.id, r.source, coalesce(r.jira_organization_id, r.sentry_organization_id) as organization_id,
    r.mode, r.trigger, r.dry_run, r.status, r.projects_synced, r.issues_seen, r.issues_created,
    r.issues_updated, r.issues_unchanged, r.issues_deleted, r.links_synced, r.errors,
    json_build_object('done', r.progress_done, 'total', r.progress_total) as progress,
    r.created_at, r.started_at, r.finished_at,
    round(extract(epoch from coalesce(r.finished_at, now()) - r.started_at)::numeric, 3)::float8
      as duration_seconds
    """
  private static let list = "select /*sort*/\(columns) from sync_runs r"
  private static let find = Statement("select \(columns) from sync_runs r where r.id = $1")
  private static let ofOrganization =
    "(jira_organization_id = $1::bigint or sentry_organization_id = $2::bigint)"
  private static let lock: Statement =
    "select pg_advisory_xact_lock(hashtext('sync_runs.' || $1::text), $2::bigint::int)"
  private static let active = Statement(
    """
    select id, status from sync_runs
    where \(ofOrganization) and status in ('queued', 'running') order by id limit 1
    """)
  private static let cancelActive = Statement(
    """
    update sync_runs set cancel_requested = true,
      status = case when status = 'queued' then 'cancelled' else status end,
      finished_at = case when status = 'queued' then now() end
    where \(ofOrganization) and status in ('queued', 'running')
    """)
  private static let insert: Statement = """
    insert into sync_runs (source, jira_organization_id, sentry_organization_id, mode, trigger,
      dry_run, force, project_keys)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
    """
  private static let claim: Statement = """
    update sync_runs set status = 'running', started_at = coalesce(started_at, now()),
      projects_synced = 0, issues_seen = 0, issues_created = 0, issues_updated = 0,
      issues_unchanged = 0, issues_deleted = 0, progress_done = 0, progress_total = 0, errors = '[]'
    where id = $1 and status in ('queued', 'running')
    returning source, jira_organization_id, sentry_organization_id, mode, trigger, dry_run, force,
      project_keys
    """
  private static let note: Statement = """
    update sync_runs set projects_synced = $2::bigint::int, issues_seen = $3, issues_created = $4,
      issues_updated = $5, issues_unchanged = $6, issues_deleted = $7, progress_done = $8,
      progress_total = $9, errors = $10::text::jsonb
    where id = $1 and status = 'running'
    returning cancel_requested
    """
  private static let finish: Statement = """
    update sync_runs set status = $2, finished_at = now() where id = $1 and status = 'running'
    """
}

extension SyncSource {
  var organizationIDs: (jira: Int64?, sentry: Int64?) {
    switch self {
    case .jira(let id): (id, nil)
    case .sentry(let id): (nil, id)
    }
  }
}
