import Foundation
import Postgres
import RESTClient

/// What the vendors allow, as all processes know it.
struct VendorBudgetStore: Sendable {
  let pool: PostgresPool

  func allowance(_ source: SyncSource, _ endpoint: String) async throws -> RateBudget.Allowance? {
    guard
      let row = try await pool.read(Self.load, source.name, source.organizationID, endpoint).first
    else { return nil }
    var allowance = RateBudget.Allowance(notedAt: try row.date("noted_at"))
    allowance.limit = try row.intOrNil("limit_count")
    allowance.remaining = try row.intOrNil("remaining")
    allowance.resetsAt = try row.dateOrNil("resets_at")
    allowance.heldUntil = try row.dateOrNil("held_until")
    return allowance
  }

  func note(_ source: SyncSource, _ endpoint: String, _ allowance: RateBudget.Allowance)
    async throws
  {
    _ = try await pool.query(
      Self.note, source.name, source.organizationID, endpoint, allowance.limit,
      allowance.remaining, allowance.resetsAt, allowance.heldUntil, allowance.notedAt,
      timeout: .seconds(2))
  }

  /// An organization's budget for the API, as an expression of SQL.
  static func json(source: String, organization: String) -> String {
    func time(_ name: String) -> String {
      "to_char(\(name) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }
    return """
      (select json_build_object(
         'held_until', \(time("max(b.held_until) filter (where b.held_until > now())")),
         'endpoints', coalesce(json_agg(json_build_object(
           'endpoint', b.endpoint, 'limit', b.limit_count, 'remaining', b.remaining,
           'resets_at', \(time("b.resets_at")), 'held_until', \(time("b.held_until")),
           'noted_at', \(time("nullif(b.noted_at, 'epoch')"))) order by b.endpoint), '[]'))
       from vendor_budgets b
       where b.source = '\(source)' and b.organization_id = \(organization))
      """
  }

  private static let load: Statement = """
    select limit_count, remaining, resets_at, held_until, noted_at from vendor_budgets
    where source = $1 and organization_id = $2 and endpoint = $3
    """
  private static let note: Statement = """
    insert into vendor_budgets as b
      (source, organization_id, endpoint, limit_count, remaining, resets_at, held_until, noted_at)
    values ($1, $2, $3, $4::bigint, $5::bigint, $6, $7, greatest($8, 'epoch'::timestamptz))
    on conflict (source, organization_id, endpoint) do update set
      limit_count = case when excluded.noted_at >= b.noted_at then excluded.limit_count
                    else b.limit_count end,
      remaining = case when excluded.noted_at >= b.noted_at then excluded.remaining
                  else b.remaining end,
      resets_at = case when excluded.noted_at >= b.noted_at then excluded.resets_at
                  else b.resets_at end,
      held_until = greatest(b.held_until, excluded.held_until),
      noted_at = greatest(b.noted_at, excluded.noted_at)
    """
}
