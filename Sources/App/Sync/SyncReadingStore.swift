import Foundation
import Postgres

/// What runs have read, for those who go on with them.
struct SyncReadingStore: Sendable {
  let pool: PostgresPool

  /// The reading as an earlier try of the run left it, or a new one.
  func begin(_ name: String, of runID: Int64, query: String, at start: Date, isResumed: Bool)
    async throws -> SyncReading
  {
    guard isResumed, let row = try await pool.query(Self.load, runID, name).first else {
      return SyncReading(runID: runID, name: name, query: query, startedAt: start)
    }
    return SyncReading(
      runID: runID, name: name, query: try row.text("query"),
      startedAt: try row.date("started_at"), nextPage: try row.textOrNil("next_page"),
      hasEnded: try row.bool("has_ended"))
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
    let reading = step.reading
    return [
      reading.runID, reading.name, reading.query, reading.startedAt, step.nextPage, step.pages,
      changes.seen, changes.created, changes.updated, step.isEnd,
    ]
  }

  func end(_ reading: SyncReading, deleted: Int) async throws {
    _ = try await pool.query(
      Self.end, reading.runID, reading.name, reading.query, reading.startedAt, deleted)
  }

  private static let load: Statement = """
    select query, started_at, next_page, ended_at is not null as has_ended from sync_readings
    where sync_run_id = $1 and name = $2
    """
  private static let note = Statement(
    """
    insert into sync_readings as r (sync_run_id, name, query, started_at, next_page, pages,
      issues_seen, issues_created, issues_updated, ended_at)
    values ($1, $2, $3, $4, $5, $6::bigint, $7, $8, $9, case when $10 then now() end)
    on conflict (sync_run_id, name) do update set
      next_page = excluded.next_page, pages = r.pages + excluded.pages,
      issues_seen = r.issues_seen + excluded.issues_seen,
      issues_created = r.issues_created + excluded.issues_created,
      issues_updated = r.issues_updated + excluded.issues_updated, ended_at = excluded.ended_at
    \(LazyCommit.returning)
    """)
  private static let end = Statement(
    """
    insert into sync_readings as r (sync_run_id, name, query, started_at, issues_deleted, ended_at)
    values ($1, $2, $3, $4, $5, now())
    on conflict (sync_run_id, name) do update set
      ended_at = now(), next_page = null, issues_deleted = r.issues_deleted + excluded.issues_deleted
    \(LazyCommit.returning)
    """)
}
