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

  /// Stores the digest of a new token.
  package func insert(name: String, scope: Scope, sha256: [UInt8], expiresAt: Date?) async throws
    -> Int64
  {
    try await pool.query(Self.insert, name, scope.rawValue, sha256, expiresAt)[0].int64("id")
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

  private static let insert: Statement = """
    insert into api_tokens (name, scope, token_sha256, expires_at) values ($1, $2, $3, $4)
    returning id
    """
  private static let find: Statement = """
    select id, name, scope, expires_at, last_used_at from api_tokens
    where token_sha256 = $1 and revoked_at is null
    """
  private static let touch: Statement = "update api_tokens set last_used_at = now() where id = $1"
}
