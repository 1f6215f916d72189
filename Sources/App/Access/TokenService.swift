import Cryptography
package import Foundation

/// Makes bearer tokens.
package struct TokenService: Sendable {
  let store: APITokenStore

  package init(store: APITokenStore) { self.store = store }

  /// Makes a token, shown here once: only its digest is stored.
  package func create(name: String, scope: Scope, expiresAt: Date?) async throws
    -> (id: Int64, token: String)
  {
    let token = "ib_" + (try RandomBytes.make(count: 32)).hexadecimal
    let digest = SHA256Digest.digest(of: token.utf8)
    let id = try await store.insert(
      name: name, scope: scope, sha256: digest, expiresAt: expiresAt)
    return (id, token)
  }
}
