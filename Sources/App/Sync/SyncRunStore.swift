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
      "(r.jira_organization_id = $? or r.sentry_organization_id = $?)", filters.organizationID)
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
    return try await pool.change { [jobs] connection in
      _ = try connection.query(Self.lock, request.source.name, jiraID ?? sentryID)
      _ = try connection.query(Self.bury, jiraID, sentryID)
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
      if enqueuesJob { try Self.enqueue(id, jobs, on: connection) }
      return id
    }
  }

  /// Enqueues runs for the organizations whose time has come, and for runs whose process died.
  ///
  /// - Returns: the organizations that are due; none has a run at work.
  func due() async throws -> [SyncSource] {
    let rows = try await pool.transaction { [jobs] connection in
      for row in try connection.query(Self.orphans) {
        try Self.enqueue(try row.int64("id"), jobs, on: connection)
      }
      return try connection.query(Self.due)
    }
    return try rows.map { row in
      let id = try row.int64("organization_id")
      return try row.text("source") == "jira" ? .jira(id) : .sentry(id)
    }
  }

  /// Asks a run to stop at its next page; one that waits, or whose process died, ends at once.
  ///
  /// - Throws: a 404; a 409 when it has ended.
  func cancel(_ id: Int64) async throws {
    try await pool.change { connection in
      guard try connection.query(Self.cancel, id).isEmpty else { return }
      guard let row = try connection.query(Self.status, id).first else {
        throw Problem.notFound("sync run \(id)")
      }
      throw Problem.conflict(
        "sync-ended", "Sync run \(id) has ended already: \(try row.text("status")).")
    }
  }

  /// Lets a run that waits for a person go on; it looks again before it deletes anything.
  ///
  /// - Throws: a 404; a 409 when it does not wait.
  func confirm(_ id: Int64) async throws {
    try await pool.change { [jobs] connection in
      if try !connection.query(Self.confirm, id).isEmpty {
        return try Self.enqueue(id, jobs, on: connection)
      }
      guard let row = try connection.query(Self.status, id).first else {
        throw Problem.notFound("sync run \(id)")
      }
      throw Problem.conflict(
        "sync-not-waiting",
        "Sync run \(id) does not wait for a confirmation; its status is '\(try row.text("status"))'."
      )
    }
  }

  private static func enqueue(_ id: Int64, _ jobs: JobStore, on connection: Connection) throws {
    _ = try jobs.enqueue(
      RunSync(runID: id), on: connection,
      options: JobOptions(
        priority: 3, uniqueKey: RunSync.key(of: id), maxAttempts: RunSync.maxAttempts))
  }

  /// Claims a run for work: from `queued`, or again from `running` after a crash. Its errors begin anew.
  ///
  /// - Returns: nil when it has ended or was cancelled before it began.
  /// - Throws: `SyncBusy` while another run of the organization is at work.
  func claim(_ id: Int64) async throws -> ClaimedSyncRun? {
    let rows: Rows
    do {
      rows = try await pool.query(Self.claim, id)
    } catch let error as PostgresError where Self.oneRunning.contains(error.constraint ?? "") {
      throw SyncBusy()
    }
    guard let row = rows.first else { return nil }
    let source: SyncSource =
      try row.text("source") == "jira"
      ? .jira(try row.int64("jira_organization_id"))
      : .sentry(try row.int64("sentry_organization_id"))
    let request = SyncRunRequest(
      source: source, full: try row.text("mode") == "full", trigger: try row.text("trigger"),
      dryRun: try row.bool("dry_run"), force: try row.bool("force"),
      projectKeys: try row.textArray("project_keys"))
    var earlier = SyncProgress()
    earlier.issuesSeen = try row.int("seen")
    earlier.issuesCreated = try row.int("created")
    earlier.issuesUpdated = try row.int("updated")
    earlier.issuesUnchanged = earlier.issuesSeen - earlier.issuesCreated - earlier.issuesUpdated
    earlier.issuesDeleted = try row.int("deleted")
    return ClaimedSyncRun(
      request: request,
      memory: SyncMemory(
        projectsReadAt: try row.dateOrNil("projects_read_at"),
        sweptAt: try row.dateOrNil("swept_at"), difference: try row.text("difference")),
      earlier: earlier, isResumed: try row.bool("is_resumed"),
      isCancelled: try row.bool("cancel_requested"),
      confirmed: try row.textOrNil("confirmed").map { text in
        try (JSONValue(parsing: Array(text.utf8)).arrayValue ?? []).compactMap(HeldDeletion.init)
      })
  }

  /// Stores the progress.
  ///
  /// - Returns: whether the run shall stop.
  func note(_ id: Int64, _ progress: SyncProgress) async throws -> Bool {
    let rows = try await pool.query(Self.note, Self.parameters(id, progress))
    return try rows.first?.bool("cancel_requested") ?? true
  }

  /// Ends a run; how far it had come with each list is of no more use, and the indexes that it went
  /// without are wanted again.
  func finish(_ id: Int64, _ progress: SyncProgress, status: String, plan: JSONValue? = nil)
    async throws
  {
    let plan = plan.map { String(decoding: $0.encoded(), as: UTF8.self) }
    let held = JSONValue.array(status == "needs_confirmation" ? progress.held.map(\.json) : [])
    try await pool.transaction { [jobs] connection in
      _ = try connection.query(
        Self.finish,
        Self.parameters(id, progress) + [
          status, plan, String(decoding: held.encoded(), as: UTF8.self),
        ])
      _ = try connection.query(Self.supersede, id)
      _ = try connection.query(Self.forget, id)
      if try DeferredIndexStore.areMissing(since: id, on: connection) {
        try jobs.enqueue(
          BuildDeferredIndexes(), on: connection, options: BuildDeferredIndexes.options)
      }
    }
  }

  private static func parameters(_ id: Int64, _ progress: SyncProgress)
    -> [(any PostgresEncodable)?]
  {
    [
      id, progress.projectsSynced, progress.issuesSeen, progress.issuesCreated,
      progress.issuesUpdated, progress.issuesUnchanged, progress.issuesDeleted, progress.done,
      progress.total, json(progress),
    ]
  }

  private static func json(_ progress: SyncProgress) -> String {
    var failures = progress.failures
    if progress.untoldFailures > 0 {
      failures.append(.init(detail: "and \(progress.untoldFailures) more"))
    }
    let value = JSONValue.array(
      failures.map { failure in
        var object: [String: JSONValue] = [
          "project": JSONValue(failure.project), "detail": .string(failure.detail),
        ]
        if let issue = failure.issue { object["issue"] = .string(issue) }
        return .object(object)
      })
    return String(decoding: value.storable.encoded(), as: UTF8.self)
  }

  private static let columns = """
    r.id, r.source, coalesce(r.jira_organization_id, r.sentry_organization_id) as organization_id,
    r.mode, r.trigger, r.dry_run, r.status, r.projects_synced, r.issues_seen, r.issues_created,
    r.issues_updated, r.issues_unchanged, r.issues_deleted, r.links_synced,
    r.links_drifted, r.links_repaired, r.scope, r.errors,
    (select o.history_days from sentry_organizations o where o.id = r.sentry_organization_id)
      as history_days, r.held_deletions, r.confirmed_at,
    json_build_object('done', r.progress_done, 'total', r.progress_total) as progress,
    r.created_at, r.started_at, r.finished_at,
    round(extract(epoch from coalesce(r.finished_at, now()) - r.started_at)::numeric, 3)::float8
      as duration_seconds
    """
  private static let list = "select /*sort*/\(columns) from sync_runs r"
  private static let find = Statement("select \(columns), r.plan from sync_runs r where r.id = $1")
  private static let oneRunning: Set = [
    "sync_runs_one_running_for_jira", "sync_runs_one_running_for_sentry",
  ]
  private static let ofOrganization =
    "(jira_organization_id = $1::bigint or sentry_organization_id = $2::bigint)"
  private static let lock: Statement =
    "select pg_advisory_xact_lock(hashtext('sync_runs.' || $1::text), $2::bigint::int)"
  private static let active = Statement(
    """
    select id, status from sync_runs
    where \(ofOrganization) and status in ('queued', 'running') order by id limit 1
    """)
  /// A run whose process was not heard of for a minute and that no job will go on with.
  private static let isDead = """
    coalesce(heartbeat_at, created_at) < now() - interval '1 minute' and not exists (
      select from jobs where unique_key = 'sync_run:' || sync_runs.id
        and state in ('available', 'scheduled', 'retryable', 'running'))
    """
  private static let bury = Statement(
    """
    update sync_runs set status = 'failed', finished_at = now(), errors = errors || jsonb_build_object(
      'project', null, 'detail', 'The worker stopped unexpectedly.')
    where \(ofOrganization) and status in ('queued', 'running') and \(isDead)
    """)
  private static let orphans = Statement(
    """
    select id from sync_runs
    where status in ('queued', 'running') and source <> 'links' and \(isDead)
    """)
  private static let due: Statement = """
    select source, organization_id from sync_schedules
    where state = 'scheduled' and next_sync_at <= now() order by next_sync_at
    """
  private static let status: Statement = "select status from sync_runs where id = $1"
  private static let cancel = Statement(
    """
    update sync_runs set cancel_requested = true,
      status = case when status <> 'running' or \(isDead) then 'cancelled' else status end,
      finished_at = case when status <> 'running' or \(isDead) then now() end
    where id = $1 and status in ('queued', 'running', 'needs_confirmation') returning id
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
  private static let claim = Statement(
    """
    with claimed as (
      update sync_runs set status = 'running', started_at = coalesce(started_at, now()),
        heartbeat_at = now(), projects_synced = 0, progress_done = 0, progress_total = 0, errors = '[]'
      where id = $1 and status in ('queued', 'running')
      returning source, jira_organization_id, sentry_organization_id, mode, trigger, dry_run, force,
        project_keys, cancel_requested, confirmed_deletions)
    select claimed.*, claimed.confirmed_deletions::text as confirmed, m.projects_read_at, m.swept_at, coalesce(m.difference, '') as difference,
      earlier.*, \(LazyCommit.setting)
    from claimed left join sync_memories m on m.source = claimed.source
      and m.organization_id = coalesce(jira_organization_id, sentry_organization_id)
    cross join (
      select coalesce(sum(issues_seen), 0)::bigint as seen,
        coalesce(sum(issues_created), 0)::bigint as created,
        coalesce(sum(issues_updated), 0)::bigint as updated,
        coalesce(sum(issues_deleted), 0)::bigint as deleted, count(*) > 0 as is_resumed
      from sync_readings where sync_run_id = $1) earlier
    """)
  private static let progress = """
    projects_synced = $2::bigint::int, issues_seen = $3, issues_created = $4, issues_updated = $5,
      issues_unchanged = $6, issues_deleted = $7, progress_done = $8, progress_total = $9,
      errors = $10::text::jsonb
    """
  private static let note = Statement(
    """
    update sync_runs set \(progress), heartbeat_at = now() where id = $1 and status = 'running'
    \(LazyCommit.returning), cancel_requested
    """)
  private static let forget: Statement = "delete from sync_readings where sync_run_id = $1"
  private static let finish = Statement(
    """
    update sync_runs set \(progress), status = $11, plan = $12::text::jsonb,
      held_deletions = $13::text::jsonb, finished_at = now()
    where id = $1 and status = 'running'
    """)
  /// A run that has looked at all projects since makes an earlier one's question pointless.
  private static let supersede: Statement = """
    update sync_runs older set status = 'cancelled', errors = older.errors || jsonb_build_object(
      'project', null, 'detail', 'Sync run ' || newer.id || ' has looked again and supersedes this one.')
    from sync_runs newer
    where newer.id = $1 and not newer.dry_run and newer.project_keys in ('{}', older.project_keys)
      and newer.status in ('succeeded', 'partial', 'needs_confirmation')
      and older.status = 'needs_confirmation' and older.id < newer.id
      and older.source = newer.source
      and coalesce(older.jira_organization_id, older.sentry_organization_id)
        = coalesce(newer.jira_organization_id, newer.sentry_organization_id)
    """
  private static let confirm: Statement = """
    update sync_runs set status = 'queued', confirmed_deletions = held_deletions,
      held_deletions = '[]', confirmed_at = now(), started_at = null, finished_at = null,
      heartbeat_at = now(), cancel_requested = false
    where id = $1 and status = 'needs_confirmation' returning id
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
