import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Synchronization

/// Slows down clients that present wrong credentials: bearer tokens, sessions, sign-ins, webhook
/// signatures. Requests with right ones are never held back, whatever others do from the same address.
final class FailedAttempts: Sendable {
  /// Failures of all client addresses together, per second.
  static let maxPerSecondOverall = 50.0
  /// The longest that one refusal is held back.
  static let maxDelay: Duration = .seconds(2)
  /// Refusals to one address that are held back at the same time; further ones are a 429 at once.
  static let maxHeldBack = 32

  private let perAddress: TokenBuckets<String>?
  private let overall = TokenBuckets<Bool>(
    capacity: maxPerSecondOverall * 60, rate: maxPerSecondOverall)
  private let heldBack = Mutex<[String: Int]>([:])
  private let proxies: TrustedProxies
  private let metrics: PrometheusMetrics
  private let logger: Logger

  /// - Parameter limit: failures per client address and minute; 0 is no limit.
  init(limit: Int, proxies: TrustedProxies, metrics: PrometheusMetrics, logger: Logger) {
    perAddress =
      limit > 0 ? TokenBuckets(capacity: Double(limit), rate: Double(limit) / 60) : nil
    self.proxies = proxies
    self.metrics = metrics
    self.logger = logger
  }

  /// Runs a check of credentials, whose failures count.
  ///
  /// - Parameter token: what was presented, if not in the request's header fields.
  func limiting<T>(
    _ request: Request, token: String? = nil, _ check: () async throws -> T
  ) async throws -> T {
    do {
      return try await check()
    } catch let refusal as Problem where refusal.status == 401 {
      let presented =
        token
        ?? request.headerFields[.authorization].map { String($0.split(separator: " ").last ?? "") }
      // A request without credentials guesses nothing.
      guard presented != nil || SessionCookie.secret(in: request) != nil else { throw refusal }
      throw await refused(refusal, request, hint: presented.map(Self.hint))
    }
  }

  /// Counts and logs a failure, and holds it back when there were too many.
  ///
  /// - Parameters:
  ///   - refusal: the 401.
  ///   - hint: what may be logged of the credential; never all of it.
  /// - Returns: the refusal, or a 429 when too many are held back already.
  func refused(_ refusal: Problem, _ request: Request, hint: String?) async -> Problem {
    metrics.count("issuebridge_authentication_failures_total", [])
    let address = proxies.client(of: request)
    let network = Self.network(address)
    let waits = [perAddress?.take(network).secondsToWait, overall.take(true).secondsToWait]
    guard let perAddress, let wait = waits.compactMap(\.self).max() else {
      logger.notice(
        "authentication.failed",
        metadata: [
          "client.address": "\(address)", "http.path": "\(request.path)",
          "credential": "\(hint ?? "none")", "reason": "\(refusal.detail)",
        ])
      return refusal
    }
    let maySleep = heldBack.withLock { heldBack in
      guard heldBack[network, default: 0] < Self.maxHeldBack else { return false }
      heldBack[network, default: 0] += 1
      return true
    }
    guard maySleep else { return Self.tooMany(after: perAddress.capacity / perAddress.rate) }
    try? await Task.sleep(for: min(.seconds(wait), Self.maxDelay))
    heldBack.withLock { heldBack in
      let left = (heldBack[network] ?? 0) - 1
      heldBack[network] = left > 0 ? left : nil
    }
    return refusal
  }

  private static func tooMany(after seconds: Double) -> Problem {
    let seconds = max(1, Int(min(seconds, 3600).rounded(.up)))
    var problem = Problem(
      429, "too-many-failures", "Too many failed attempts",
      "Too many requests with wrong credentials came from this address; try again in \(seconds) s.")
    problem.headerFields = [("Retry-After", String(seconds))]
    return problem
  }

  /// An IPv6 client usually has a whole /64 network to itself.
  private static func network(_ address: String) -> String {
    guard let bytes = IPAddress(address)?.bytes, bytes.count == 16 else { return address }
    return Array(bytes[..<8]).hexadecimal
  }

  /// The beginning of a token: enough to find it among one's own, too little to use it.
  private static func hint(_ token: String) -> String {
    token.utf8.count < 24 ? "a short token" : "\(token.prefix(6))…"
  }
}
