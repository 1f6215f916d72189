import Foundation
import Postgres

struct AuditStore: Sendable {
  let pool: PostgresPool

  static let sorts = [SortField("id", "a.id", "bigint")]

  struct Filters: Sendable {
    var actor, cause, action, resourceType: String?
    var resourceID: Int64?
    var since: Date?
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "a.id")
    query.filter("a.actor = $?", filters.actor)
    query.filter("a.cause = $?", filters.cause)
    query.filter("a.action = $?", filters.action)
    query.filter("a.resource_type = $?", filters.resourceType)
    query.filter("a.resource_id = $?", filters.resourceID)
    query.filter("a.occurred_at >= $?", filters.since)
    return try await query.run(on: pool, page: page)
  }

  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Writes an event that no trigger sees: a change at a vendor, in the transaction that stores it.
  static func write(
    _ action: String, _ resourceType: String, _ id: Int64, before: String?, after: String?,
    on connection: Connection
  ) throws {
    _ = try connection.query(Self.write, action, resourceType, id, before, after)
  }

  /// Runs a change to a row, and writes what it changed of what `audited` selects by the row's id: one
  /// cell with a JSON object.
  static func auditing(
    _ resourceType: String, _ id: Int64, _ audited: Statement, on connection: Connection,
    change: () throws -> Void
  ) throws {
    let before = try connection.query(audited, id).first?.text(0)
    try change()
    guard let before, let after = try connection.query(audited, id).first?.text(0),
      let difference = try AuditDifference.between(before, after)
    else { return }
    try write(
      "updated", resourceType, id, before: difference.before, after: difference.after,
      on: connection)
  }

  private static let columns = """
    a.id, a.occurred_at, a.actor, a.cause, a.token_id, a.request_id, a.action, a.resource_type,
    a.resource_id, a.before, a.after
    """
  private static let list = "select /*sort*/\(columns) from audit_events a"
  private static let find = Statement("select \(columns) from audit_events a where a.id = $1")
  private static let write: Statement =
    "select audit_write($1, $2, $3, $4::text::jsonb, $5::text::jsonb)::text"
}
