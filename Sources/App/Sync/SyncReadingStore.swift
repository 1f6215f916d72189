import Foundation
import Postgres

/// What runs have read, for those who go on with them.
struct SyncReadingStore: Sendable {
  let pool: PostgresPool

  /// The reading as an earlier try of the run left it, or a new one. A dry run keeps none.
  func begin(_ name: String, of runID: Int64, query: String, at start: Date, dryRun: Bool)
    async throws -> SyncReading
  {
    guard !dryRun else {
      return SyncReading(
        runID: runID, name: name, query: query, startedAt: start, isResumed: false,
        hasEnded: false)
    }
    let row = try await pool.query(Self.begin, runID, name, query, start)[0]
    return SyncReading(
      runID: runID, name: name, query: try row.text("query"),
      startedAt: try row.date("started_at"), nextPage: try row.textOrNil("next_page"),
      isResumed: try row.int("pages") > 0, hasEnded: try row.bool("has_ended"))
  }

  /// Notes pages in the transaction that stores them: a page that a crash of PostgreSQL loses is lost
  /// together with its note, and read again.
  static func note(_ step: SyncReading.Step, _ changes: PageChanges, on connection: Connection)
    throws
  {
    _ = try connection.query(note, parameters(step, changes))
  }

  /// Notes pages whose issues are stored already.
  func note(_ step: SyncReading.Step, _ changes: PageChanges) async throws {
    _ = try await pool.query(Self.note, Self.parameters(step, changes))
  }

  private static func parameters(_ step: SyncReading.Step, _ changes: PageChanges)
    -> [(any PostgresEncodable)?]
  {
    [
      step.reading.runID, step.reading.name, step.nextPage, step.pages, changes.seen,
      changes.created, changes.updated,
    ]
  }

  func end(_ reading: SyncReading, deleted: Int) async throws {
    _ = try await pool.query(Self.end, reading.runID, reading.name, deleted)
  }

  /// What the readings of a run have brought up to now.
  func totals(of runID: Int64) async throws -> SyncProgress {
    let row = try await pool.query(Self.totals, runID)[0]
    var progress = SyncProgress()
    progress.issuesSeen = try row.int("seen")
    progress.issuesCreated = try row.int("created")
    progress.issuesUpdated = try row.int("updated")
    progress.issuesUnchanged =
      progress.issuesSeen - progress.issuesCreated - progress.issuesUpdated
    progress.issuesDeleted = try row.int("deleted")
    return progress
  }

  private static let begin: Statement = """
    insert into sync_readings as r (sync_run_id, name, query, started_at) values ($1, $2, $3, $4)
    on conflict (sync_run_id, name) do update set name = excluded.name
    returning query, started_at, next_page, pages, ended_at is not null as has_ended
    """
  private static let note = Statement(
    """
    update sync_readings set next_page = $3, pages = pages + $4, issues_seen = issues_seen + $5,
      issues_created = issues_created + $6, issues_updated = issues_updated + $7
    where sync_run_id = $1 and name = $2
    \(LazyCommit.returning)
    """)
  private static let end = Statement(
    """
    update sync_readings
    set ended_at = now(), next_page = null, issues_deleted = issues_deleted + $3
    where sync_run_id = $1 and name = $2
    \(LazyCommit.returning)
    """)
  private static let totals: Statement = """
    select coalesce(sum(issues_seen), 0)::bigint as seen,
      coalesce(sum(issues_created), 0)::bigint as created,
      coalesce(sum(issues_updated), 0)::bigint as updated,
      coalesce(sum(issues_deleted), 0)::bigint as deleted
    from sync_readings where sync_run_id = $1
    """
}
