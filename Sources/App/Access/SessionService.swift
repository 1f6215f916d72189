import Cryptography
import Foundation
import HTTPServer
import HTTPTypes

/// Lets the console act for a token without keeping it in the browser: the cookie holds a secret of
/// its own, which scripts cannot read.
struct SessionService: Sendable {
  static let cookieName = "issuebridge_session"
  /// What other sites' pages cannot send, so that they change nothing with a visitor's cookie.
  static let changeHeader = "X-IssueBridge-Console"
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

  /// Who the request's cookie stands for; nil when it has none.
  ///
  /// - Throws: a 401 when the session has ended; a 403 for a change without `changeHeader`.
  func authenticate(_ request: Request) async throws -> (principal: Principal, token: APIToken?)? {
    guard let secret = Self.secret(in: request) else { return nil }
    let digest = SHA256Digest.digest(of: secret)
    guard let session = try await store.find(sha256: digest), let found = check(session, secret)
    else { throw Problem.unauthorized("The session has ended; sign in again.") }
    try Self.requireConsole(request)
    try await extend(session, digest)
    return found
  }

  /// Ends the session of the request's cookie, if there is one.
  ///
  /// - Throws: a 403 without `changeHeader`.
  func end(_ request: Request) async throws {
    guard let secret = Self.secret(in: request) else { return }
    try Self.requireConsole(request)
    let digest = SHA256Digest.digest(of: secret)
    guard let session = try await store.find(sha256: digest),
      let (principal, _) = check(session, secret)
    else { return }
    try await Actor.$current.withValue(principal.actor(request.headerFields[.requestID])) {
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

  private static func requireConsole(_ request: Request) throws {
    let isSafe = [.get, .head, .options].contains(request.method)
    let value = HTTPField.Name(changeHeader).flatMap { request.headerFields[$0] }
    guard isSafe || value == "1" else {
      throw Problem.forbidden(
        "A request by cookie that changes something needs the header \(changeHeader): 1.")
    }
  }

  private static func secret(in request: Request) -> [UInt8]? {
    for field in request.headerFields[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.trimmingPrefix(" ").split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0] == cookieName else { continue }
        return [UInt8](hexadecimal: parts[1])
      }
    }
    return nil
  }
}

extension [UInt8] {
  /// The 32 bytes of 64 hexadecimal digits; nil for anything else.
  fileprivate init?(hexadecimal text: Substring) {
    let digits = text.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    self = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
