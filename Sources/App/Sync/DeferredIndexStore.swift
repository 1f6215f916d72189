import Postgres

/// An index of issues that was dropped for a first sync and is to be built again.
struct DeferredIndex: Sendable {
  /// As SQL writes it.
  var identifier: String
  /// `CREATE INDEX …`
  var definition: String
}

/// The indexes of `jira_issues`, its texts and its keys that lists, look-ups and searches are quicker by:
/// all but those that keep something unique.
struct DeferredIndexStore: Sendable {
  let pool: PostgresPool

  /// Those that writes and slow statements share.
  var connections: Int { pool.configuration.writeConnections }

  /// Drops and notes them, unless more than `stored` issues are there, others use the table just now, or
  /// the service may not: then they stay.
  ///
  /// - Returns: the names of those that were dropped.
  func drop(for runID: Int64, unlessMoreThan stored: Int) async throws -> [String] {
    do {
      return try await pool.transaction { connection in
        _ = try connection.query(Self.patience)
        try connection.execute(Self.lock)
        let table = try connection.query(Self.table)[0]
        guard try table.int("stored") <= stored, try table.bool("may_create") else { return [] }
        let names = try connection.query(Self.note, runID).map { try $0.text("identifier") }
        if !names.isEmpty { try connection.execute("drop index \(names.joined(separator: ", "))") }
        return names
      }
    } catch let error as PostgresError where Self.refusals.contains(error.sqlState ?? "") {
      return []
    }
  }

  /// Whether a run has dropped some that are not built yet.
  static func areMissing(since runID: Int64, on connection: Connection) throws -> Bool {
    try connection.query(Self.areMissing, runID)[0].bool("are_missing")
  }

  /// Those whose run has ended, or that are gone for longer than `seconds`.
  func due(after seconds: Double) async throws -> [DeferredIndex] {
    try await pool.query(Self.due, seconds).map { row in
      DeferredIndex(
        identifier: try row.text("identifier"), definition: try row.text("definition"))
    }
  }

  /// Builds one while the table is read and written, and takes it off the list.
  ///
  /// - Parameter limit: for each statement.
  /// - Returns: whether it is there now; false when it was not on the list any more, or its build was
  ///   broken off by a deadlock.
  func build(_ index: DeferredIndex, limit: Duration) async throws -> Bool {
    let state = try await pool.query(Self.state, index.identifier)[0]
    guard try state.bool("is_missing") else { return false }
    let run = { (sql: String) in
      _ = try await pool.query(Statement(sql, isPrepared: false), timeout: limit)
    }
    // What an attempt that was broken off has left is not used, and in the way.
    if try state.bool("is_broken") {
      try await run("drop index concurrently if exists \(index.identifier)")
    }
    try await run(
      "create index concurrently if not exists "
        + index.definition.dropFirst("CREATE INDEX ".count))
    return try await pool.query(Self.forget, index.identifier).affected == 1
  }

  /// Lets PostgreSQL learn what is in the tables.
  func analyze(limit: Duration) async throws {
    _ = try await pool.query(Self.analyze, timeout: limit)
  }

  private static let tables = "jira_issues, jira_issue_texts, jira_issue_keys"
  /// For each of the tables. Whoever wants them waits as long, so it is short.
  private static let patience: Statement = "select set_config('lock_timeout', '160ms', true)"
  /// The lock was not to be had; the table is another role's.
  private static let refusals: Set = ["55P03", "42501"]
  private static let lock = "lock table \(tables) in access exclusive mode"
  private static let table: Statement = """
    select (select coalesce(sum(issues), 0)::bigint from jira_issue_counts) as stored,
      has_schema_privilege(relnamespace, 'create') as may_create
    from pg_class where oid = 'jira_issues'::regclass
    """
  private static let note: Statement = """
    insert into deferred_indexes (name, definition, sync_run_id)
    select c.relname, pg_get_indexdef(c.oid), $1
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in ('jira_issues'::regclass, 'jira_issue_texts'::regclass,
        'jira_issue_keys'::regclass)
      and not i.indisunique and i.indisvalid
    on conflict (name) do nothing
    returning quote_ident(name) as identifier
    """
  private static let areMissing: Statement =
    "select exists (select from deferred_indexes where sync_run_id = $1) as are_missing"
  private static let due: Statement = """
    select quote_ident(d.name) as identifier, d.definition
    from deferred_indexes d
    where d.deferred_at < now() - make_interval(secs => $1)
      or not exists (
        select from sync_runs r where r.id = d.sync_run_id and r.status in ('queued', 'running'))
    order by d.name
    """
  private static let state: Statement = """
    select exists (select from deferred_indexes where quote_ident(name) = $1) as is_missing,
      exists (
        select from pg_index where indexrelid = to_regclass($1) and not indisvalid) as is_broken
    """
  private static let forget: Statement = """
    delete from deferred_indexes where quote_ident(name) = $1 and exists (
      select from pg_index where indexrelid = to_regclass($1) and indisvalid)
    """
  private static let analyze = Statement("analyze \(tables)", isPrepared: false)
}
