import Postgres

struct IdempotencyStore: Sendable {
  let pool: PostgresPool

  /// A key with the request it came with.
  struct Claim: Sendable {
    /// Keys are each token's own.
    var owner: String
    var key: String
    var digest: [UInt8]
  }

  enum Outcome: Sendable {
    /// The caller works on the request.
    case won
    /// Another one does.
    case atWork
    case answered(status: Int, sealed: String)
    /// The key came with a request that was another one.
    case otherRequest
  }

  /// Takes the key, if nobody has it, or if who had it died.
  func claim(_ claim: Claim, lease: Duration) async throws -> Outcome {
    try await pool.transaction { connection in
      _ = try connection.query(Self.deleteExpired)
      let won = try connection.query(
        Self.claim, claim.owner, claim.key, claim.digest, lease / .seconds(1))
      if !won.isEmpty { return .won }
      guard let row = try connection.query(Self.find, claim.owner, claim.key).first else {
        return .atWork
      }
      guard try row.bytes("request_sha256") == claim.digest else { return .otherRequest }
      guard let status = try row.intOrNil("answer_status") else { return .atWork }
      return .answered(status: status, sealed: try row.text("answer_sealed"))
    }
  }

  func keep(_ claim: Claim, status: Int, sealed: String) async throws {
    _ = try await pool.query(Self.keep, claim.owner, claim.key, Int64(status), sealed)
  }

  /// Whether what failed with this may have been done nevertheless.
  static func mayHaveBeenDone(_ error: any Error) -> Bool {
    (error as? PostgresError)?.isOutcomeUnknown ?? false
  }

  func release(_ claim: Claim) async throws {
    _ = try await pool.query(Self.release, claim.owner, claim.key)
  }

  /// A few at a time, by those who bring new ones.
  private static let deleteExpired: Statement = """
    delete from idempotency_keys where (owner, key) in (
      select owner, key from idempotency_keys where created_at < now() - interval '24 hours'
      order by created_at limit 20 for update skip locked)
    """
  private static let claim: Statement = """
    insert into idempotency_keys as k (owner, key, request_sha256, lease_until)
    values ($1, $2, $3, now() + make_interval(secs => $4))
    on conflict (owner, key) do update set lease_until = excluded.lease_until
      where k.answer_status is null and k.lease_until < now()
        and k.request_sha256 = excluded.request_sha256
    returning key
    """
  private static let find: Statement = """
    select request_sha256, answer_status, answer_sealed from idempotency_keys
    where owner = $1 and key = $2
    """
  private static let keep: Statement = """
    update idempotency_keys set answer_status = $3::bigint, answer_sealed = $4
    where owner = $1 and key = $2
    """
  private static let release: Statement =
    "delete from idempotency_keys where owner = $1 and key = $2 and answer_status is null"
}
