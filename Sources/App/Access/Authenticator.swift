import Cryptography
import Foundation
import Logging

/// Tells who a token or a session of the console belongs to.
struct Authenticator: Sendable {
  /// How old `last_used_at` may get before it is written again.
  static let touchInterval: TimeInterval = 60

  let sessions: SessionService
  private let tokens: APITokenStore
  private let bootstrapDigest: [UInt8]?
  private let logger: Logger

  /// - Parameter bootstrapToken: `ISSUEBRIDGE_ADMIN_TOKEN`, if set.
  init(
    tokens: APITokenStore, sessions: SessionStore, bootstrapToken: String?, logger: Logger
  ) {
    self.tokens = tokens
    self.logger = logger
    let digest = bootstrapToken.map { SHA256Digest.digest(of: $0.utf8) }
    bootstrapDigest = digest
    self.sessions = SessionService(store: sessions, bootstrapDigest: digest)
  }

  /// - Throws: a 401 when the session has ended.
  func principal(ofSession secret: [UInt8]) async throws -> Principal {
    let (principal, token) = try await sessions.authenticate(secret)
    if let token { noteUse(of: token) }
    return principal
  }

  /// - Throws: a 401 that says what is wrong with the token.
  func principal(ofToken token: String) async throws -> Principal {
    let digest = SHA256Digest.digest(of: token.utf8)
    if let bootstrapDigest, constantTimeEquals(digest, bootstrapDigest) {
      return Principal(name: "bootstrap", scope: .admin)
    }
    guard let token = try await tokens.find(sha256: digest) else {
      throw Problem.unauthorized("The token is not known; it may be mistyped or revoked.")
    }
    if let end = token.expiresAt, end <= Date() {
      throw Problem.unauthorized("The token '\(token.name)' has expired; make a new one.")
    }
    noteUse(of: token)
    return Principal(name: token.name, scope: token.scope, tokenID: token.id)
  }

  private func noteUse(of token: APIToken) {
    if let last = token.lastUsedAt, last.timeIntervalSinceNow > -Self.touchInterval { return }
    Task { [tokens, logger] in
      do {
        try await tokens.touch(token.id)
      } catch {
        logger.warning("token.touch.failed", metadata: ["error": "\(error)"])
      }
    }
  }
}
