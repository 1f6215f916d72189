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

  func noteSweep(of source: SyncSource, difference: String) async throws {
    _ = try await pool.query(Self.noteSweep, source.name, source.organizationID, difference)
  }

  private static let noteProjects: Statement = """
    insert into sync_memories (source, organization_id, projects_read_at) values ($1, $2, now())
    on conflict (source, organization_id) do update set projects_read_at = now()
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
