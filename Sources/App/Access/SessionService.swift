import Cryptography
import Foundation

/// Lets the console act for a token without keeping it in the browser: the cookie holds a secret of
/// its own, which scripts cannot read.
struct SessionService: Sendable {
  /// A session unused for so long has ended, in seconds.
  static let idleTime: TimeInterval = 12 * 3600
  /// No session lasts longer, in seconds.
  static let longestTime: TimeInterval = 7 * 86_400
  /// How much of `idleTime` must be used up before the end is written again, in seconds.
  private static let extendAfter: TimeInterval = 300

  private let store: SessionStore
  private let bootstrapDigest: [UInt8]?

  /// - Parameter bootstrapDigest: the SHA-256 of the configured token, if there is one.
  init(store: SessionStore, bootstrapDigest: [UInt8]?) {
    self.store = store
    self.bootstrapDigest = bootstrapDigest
  }

  /// Makes a session.
  ///
  /// - Parameter tokenID: nil for the configured token.
  /// - Returns: the cookie's secret, kept nowhere else, and when it ends if it is not used.
  func create(tokenID: Int64?) async throws -> (secret: String, expiresAt: Date) {
    let secret = try RandomBytes.make(count: 32)
    let expiresAt = Date(timeIntervalSinceNow: Self.idleTime)
    let proof = tokenID == nil ? bootstrapDigest.map { Self.proof(secret, $0) } : nil
    try await store.insert(
      sha256: SHA256Digest.digest(of: secret), tokenID: tokenID, bootstrapProof: proof,
      expiresAt: expiresAt)
    return (secret.hexadecimal, expiresAt)
  }

  /// Who a cookie's secret stands for, and the token that the session was made with.
  ///
  /// - Throws: a 401 when the session has ended.
  func authenticate(_ secret: [UInt8]) async throws -> (principal: Principal, token: APIToken?) {
    let digest = SHA256Digest.digest(of: secret)
    guard let session = try await store.find(sha256: digest), let found = check(session, secret)
    else { throw Problem.unauthorized("The session has ended; sign in again.") }
    try await extend(session, digest)
    return found
  }

  /// Ends the session of a cookie's secret, if there is one.
  func end(_ secret: [UInt8], requestID: String?) async throws {
    let digest = SHA256Digest.digest(of: secret)
    guard let session = try await store.find(sha256: digest),
      let (principal, _) = check(session, secret)
    else { return }
    try await Actor.$current.withValue(principal.actor(requestID)) {
      try await store.delete(sha256: digest)
    }
  }

  private func check(_ session: Session, _ secret: [UInt8]) -> (Principal, APIToken?)? {
    if let token = session.token {
      if let end = token.expiresAt, end <= Date() { return nil }
      return (
        Principal(name: token.name, scope: token.scope, tokenID: token.id, cause: .console),
        token
      )
    }
    guard let bootstrapDigest, let proof = session.bootstrapProof,
      constantTimeEquals(proof, Self.proof(secret, bootstrapDigest))
    else { return nil }
    return (Principal(name: "bootstrap", scope: .admin, cause: .console), nil)
  }

  private func extend(_ session: Session, _ digest: [UInt8]) async throws {
    let end = min(
      Date(timeIntervalSinceNow: Self.idleTime),
      session.createdAt.addingTimeInterval(Self.longestTime))
    guard end.timeIntervalSince(session.expiresAt) > Self.extendAfter else { return }
    try await store.extend(sha256: digest, to: end)
  }

  private static func proof(_ secret: [UInt8], _ tokenDigest: [UInt8]) -> [UInt8] {
    HMACSHA256.digest(of: tokenDigest, key: secret)
  }
}
