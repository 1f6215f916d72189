package import Foundation
package import Postgres

/// A token as the authenticator needs it.
struct APIToken: Sendable {
  var id: Int64
  var name: String
  var scope: Scope
  var expiresAt: Date?
  var lastUsedAt: Date?
}

package struct APITokenStore: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) { self.pool = pool }

  static let sorts = [SortField("id", "t.id", "bigint"), SortField("name", "t.name", "text")]

  /// The tokens that were not revoked.
  func page(_ page: PageRequest, scope: String?) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "t.id")
    query.require("t.revoked_at is null")
    query.filter("t.scope = $?", scope)
    return try await query.run(on: pool, page: page)
  }

  /// The token as JSON, without its digest; nil when there is none or it was revoked.
  func json(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.resource, id).first?.json()
  }

  /// - Returns: whether there was one.
  func revoke(_ id: Int64, _ precondition: Precondition) async throws -> Bool {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedResource, id)
      return try connection.query(Self.revoke, id).affected == 1
    }
  }

  /// Stores the digest of a new token.
  package func insert(name: String, scope: Scope, sha256: [UInt8], expiresAt: Date?) async throws
    -> Int64
  {
    try await pool.change { connection in
      try connection.query(Self.insert, name, scope.rawValue, sha256, expiresAt)[0].int64("id")
    }
  }

  /// The token with this digest, unless it was revoked.
  func find(sha256: [UInt8]) async throws -> APIToken? {
    guard let row = try await pool.read(Self.find, sha256).first,
      let scope = Scope(rawValue: try row.text("scope"))
    else { return nil }
    return APIToken(
      id: try row.int64("id"), name: try row.text("name"), scope: scope,
      expiresAt: try row.dateOrNil("expires_at"), lastUsedAt: try row.dateOrNil("last_used_at"))
  }

  func touch(_ id: Int64) async throws { _ = try await pool.query(Self.touch, id) }

  private static let columns =
    "t.id, t.name, t.scope, t.expires_at, t.last_used_at, t.created_at"
  private static let list = "select /*sort*/\(columns) from api_tokens t"
  private static let resource = Statement(
    "select \(columns) from api_tokens t where t.id = $1 and t.revoked_at is null")
  private static let lockedResource = Statement(resource.sql + " for update")
  private static let revoke: Statement =
    "update api_tokens set revoked_at = now() where id = $1 and revoked_at is null"
  private static let insert: Statement = """
    insert into api_tokens (name, scope, token_sha256, expires_at) values ($1, $2, $3, $4)
    returning id
    """
  private static let find: Statement = """
    select id, name, scope, expires_at, last_used_at from api_tokens
    where token_sha256 = $1 and revoked_at is null
    """
  /// Of many requests at once only the first writes.
  private static let touch: Statement = """
    update api_tokens set last_used_at = now()
    where id = $1 and (last_used_at is null or last_used_at < now() - interval '30 seconds')
    """
}
