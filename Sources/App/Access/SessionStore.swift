import Foundation
import Postgres

/// A sign-in of the console, with the token it acts for.
struct Session: Sendable {
  /// nil: the configured token, which `bootstrapProof` tells.
  var token: APIToken?
  var bootstrapProof: [UInt8]?
  var createdAt: Date
  var expiresAt: Date
}

struct SessionStore: Sendable {
  let pool: PostgresPool

  /// Stores a sign-in, and deletes some that have ended.
  func insert(sha256: [UInt8], tokenID: Int64?, bootstrapProof: [UInt8]?, expiresAt: Date)
    async throws
  {
    try await pool.change { connection in
      _ = try connection.query(Self.deleteEnded)
      _ = try connection.query(Self.insert, sha256, tokenID, bootstrapProof, expiresAt)
    }
  }

  /// The session with this digest, unless it has ended or its token was revoked.
  func find(sha256: [UInt8]) async throws -> Session? {
    guard let row = try await pool.read(Self.find, sha256).first else { return nil }
    var session = Session(
      bootstrapProof: try row.bytesOrNil("bootstrap_proof"), createdAt: try row.date("created_at"),
      expiresAt: try row.date("expires_at"))
    if let id = try row.int64OrNil("token_id") {
      guard let scope = Scope(rawValue: try row.text("scope")) else { return nil }
      session.token = APIToken(
        id: id, name: try row.text("name"), scope: scope,
        expiresAt: try row.dateOrNil("token_expires_at"),
        lastUsedAt: try row.dateOrNil("last_used_at"))
    }
    return session
  }

  func extend(sha256: [UInt8], to expiresAt: Date) async throws {
    _ = try await pool.query(Self.extend, sha256, expiresAt)
  }

  func delete(sha256: [UInt8]) async throws {
    try await pool.change { connection in _ = try connection.query(Self.delete, sha256) }
  }

  private static let deleteEnded: Statement = """
    delete from console_sessions where id in (
      select id from console_sessions where expires_at < now()
      order by expires_at limit 100 for update skip locked)
    """
  private static let insert: Statement = """
    insert into console_sessions (session_sha256, api_token_id, bootstrap_proof, expires_at)
    values ($1, $2, $3, $4)
    """
  private static let find: Statement = """
    select s.bootstrap_proof, s.created_at, s.expires_at, t.id as token_id, t.name, t.scope,
      t.expires_at as token_expires_at, t.last_used_at
    from console_sessions s left join api_tokens t on t.id = s.api_token_id
    where s.session_sha256 = $1 and s.expires_at > now() and t.revoked_at is null
    """
  private static let extend: Statement =
    "update console_sessions set expires_at = $2 where session_sha256 = $1"
  private static let delete: Statement = """
    with gone as (
      delete from console_sessions where session_sha256 = $1 returning id, api_token_id)
    select audit_write('deleted', 'console_session', id,
      jsonb_build_object('api_token_id', api_token_id), null) from gone
    """
}
