import Foundation
import Postgres

/// What syncs remember of an organization.
struct SyncMemory: Sendable {
  /// When the vendor's list of projects was read last.
  var projectsReadAt: Date?
  /// When the vendor's list of ids was compared with ours last.
  var sweptAt: Date?
  /// By how much the vendor's counts of issues differed from ours, right after that.
  var difference = ""

  /// How old the list of projects may be for an incremental sync, in seconds.
  static let projectsLifetime: Double = 300
}

struct SyncMemoryStore: Sendable {
  let pool: PostgresPool

  func noteProjects(of source: SyncSource) async throws {
    _ = try await pool.query(Self.noteProjects, source.name, source.organizationID)
  }

  func noteCheck(of source: SyncSource) async throws {
    _ = try await pool.query(Self.noteCheck, source.name, source.organizationID)
  }

  /// Organizations that were synced and whose projects and statuses were not looked at for so long.
  func unchecked(_ vendor: Vendor, for interval: Duration) async throws -> [Int64] {
    try await pool.query(Self.unchecked, vendor.rawValue, interval / .seconds(1))
      .map { try $0.int64(0) }
  }

  func noteSweep(of source: SyncSource, difference: String) async throws {
    _ = try await pool.query(Self.noteSweep, source.name, source.organizationID, difference)
  }

  private static let noteProjects: Statement = """
    insert into sync_memories (source, organization_id, projects_read_at) values ($1, $2, now())
    on conflict (source, organization_id) do update set projects_read_at = now()
    """
  private static let noteCheck: Statement = """
    insert into sync_memories (source, organization_id, checked_at) values ($1, $2, now())
    on conflict (source, organization_id) do update set checked_at = now()
    """
  private static let unchecked: Statement = """
    select organization_id from sync_memories
    where source = $1 and projects_read_at is not null
      and coalesce(checked_at, projects_read_at) < now() - make_interval(secs => $2)
    order by organization_id
    """
  private static let noteSweep = Statement(
    """
    insert into sync_memories (source, organization_id, swept_at, difference)
    values ($1, $2, now(), $3)
    on conflict (source, organization_id) do update
      set swept_at = now(), difference = excluded.difference
    \(LazyCommit.returning)
    """)
}

extension SyncSource {
  var organizationID: Int64 {
    switch self {
    case .jira(let id), .sentry(let id): id
    }
  }
}
