import Cryptography
import Foundation
import Logging

/// Tells who a bearer token belongs to (RFC 6750).
struct Authenticator: Sendable {
  /// How old `last_used_at` may get before it is written again.
  static let touchInterval: TimeInterval = 60

  private let tokens: APITokenStore
  private let bootstrapDigest: [UInt8]?
  private let logger: Logger

  /// - Parameter bootstrapToken: `ISSUEBRIDGE_ADMIN_TOKEN`, if set.
  init(tokens: APITokenStore, bootstrapToken: String?, logger: Logger) {
    self.tokens = tokens
    self.logger = logger
    bootstrapDigest = bootstrapToken.map { SHA256Digest.digest(of: $0.utf8) }
  }

  /// - Parameter authorization: the value of the `Authorization` header field.
  /// - Throws: a 401 that says what is missing.
  func authenticate(_ authorization: String?) async throws -> Principal {
    guard let authorization else {
      throw Problem.unauthorized("Send a token as 'Authorization: Bearer <token>'.")
    }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 500 else {
      throw Problem.unauthorized("The Authorization header must be 'Bearer <token>'.")
    }
    let digest = SHA256Digest.digest(of: parts[1].trimmingPrefix(" ").utf8)
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
    return Principal(name: token.name, scope: token.scope)
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
