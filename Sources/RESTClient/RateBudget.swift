package import Foundation
import Synchronization

/// What a vendor still allows, by endpoint. A `Retry-After` holds every request to its endpoint, and
/// when little is left fewer requests go out at the same time.
package final class RateBudget: Sendable {
  /// One endpoint's limit as the vendor last stated it.
  package struct Allowance: Sendable, Equatable {
    package var limit: Int?
    /// Requests until `resetsAt`; those sent since are taken off.
    package var remaining: Int?
    package var resetsAt: Date?
    /// Sentry's: how many more may be under way.
    package var concurrentRemaining: Int?
    /// No request goes out before.
    package var heldUntil: Date?
    package var notedAt: Date

    package init(notedAt: Date = .distantPast) { self.notedAt = notedAt }
  }

  enum Admission: Equatable {
    case granted
    /// Ask again after so many seconds; `isHeld`: the vendor said so.
    case wait(seconds: Double, isHeld: Bool)
  }

  /// Below this share of its limit an endpoint gets fewer requests at the same time.
  static let scarce = 0.25
  /// Between two looks whether one of the few requests at a time has ended, in seconds.
  static let look = 0.02

  private struct Endpoint {
    var allowance = Allowance()
    var underWay = 0
  }

  private let endpoints = Mutex<[String: Endpoint]>([:])

  package init() {}

  package var snapshot: [String: Allowance] { endpoints.withLock { $0.mapValues(\.allowance) } }

  /// Takes one request off the budget, or says how long to wait. A granted one must be released.
  func admit(_ name: String, now: Date = Date()) -> Admission {
    endpoints.withLock { endpoints in
      var endpoint = endpoints[name] ?? Endpoint()
      if let until = endpoint.allowance.heldUntil, until > now {
        return .wait(seconds: until.timeIntervalSince(now), isHeld: true)
      }
      let isCurrent = endpoint.allowance.resetsAt.map { $0 > now } ?? false
      if isCurrent, endpoint.allowance.remaining == 0, let reset = endpoint.allowance.resetsAt {
        return .wait(seconds: reset.timeIntervalSince(now), isHeld: true)
      }
      guard endpoint.underWay < Self.width(endpoint.allowance, isCurrent: isCurrent) else {
        return .wait(seconds: Self.look, isHeld: false)
      }
      endpoint.underWay += 1
      if isCurrent, let remaining = endpoint.allowance.remaining {
        endpoint.allowance.remaining = max(0, remaining - 1)
      }
      endpoints[name] = endpoint
      return .granted
    }
  }

  func release(_ name: String) {
    endpoints.withLock { $0[name]?.underWay -= 1 }
  }

  /// How many requests may be under way.
  static func width(_ allowance: Allowance, isCurrent: Bool) -> Int {
    var width = Int.max
    if let concurrent = allowance.concurrentRemaining, concurrent <= 1 { width = 1 }
    if isCurrent, let limit = allowance.limit, let remaining = allowance.remaining, limit > 0,
      Double(remaining) < Double(limit) * scarce
    {
      width = min(width, max(1, remaining / 4))
    }
    return width
  }

  /// - Returns: the allowance after it.
  @discardableResult
  func hold(_ name: String, seconds: Double, now: Date = Date()) -> Allowance {
    let until = now.addingTimeInterval(seconds)
    return endpoints.withLock { endpoints in
      var endpoint = endpoints[name] ?? Endpoint()
      endpoint.allowance.heldUntil = max(endpoint.allowance.heldUntil ?? .distantPast, until)
      endpoints[name] = endpoint
      return endpoint.allowance
    }
  }

  /// Takes over what another process was told.
  func merge(_ other: Allowance, _ name: String) {
    endpoints.withLock { endpoints in
      var endpoint = endpoints[name] ?? Endpoint()
      let held = [endpoint.allowance.heldUntil, other.heldUntil].compactMap(\.self).max()
      if other.notedAt > endpoint.allowance.notedAt {
        let concurrent = endpoint.allowance.concurrentRemaining
        endpoint.allowance = other
        endpoint.allowance.concurrentRemaining = concurrent
      }
      endpoint.allowance.heldUntil = held
      endpoints[name] = endpoint
    }
  }

  /// Notes the limits that an answer states: Jira's `X-RateLimit-*` (Reset is ISO 8601), Sentry's
  /// `X-Sentry-Rate-Limit-*` (Reset in epoch seconds).
  ///
  /// - Returns: the allowance after it; nil when the answer states none.
  @discardableResult
  func note(_ fields: [String: String], endpoint name: String, now: Date = Date()) -> Allowance? {
    for prefix in ["x-ratelimit-", "x-sentry-rate-limit-"] {
      func number(_ field: String) -> Int? { fields[prefix + field].flatMap { Int($0) } }
      guard let remaining = number("remaining") else { continue }
      let reset = fields[prefix + "reset"].flatMap(Self.date)
      return endpoints.withLock { endpoints in
        var endpoint = endpoints[name] ?? Endpoint()
        endpoint.allowance.limit = number("limit")
        endpoint.allowance.remaining = remaining
        endpoint.allowance.resetsAt = reset
        endpoint.allowance.concurrentRemaining = number("concurrentremaining")
        endpoint.allowance.notedAt = now
        endpoints[name] = endpoint
        return endpoint.allowance
      }
    }
    return nil
  }

  private static func date(_ text: String) -> Date? {
    if let seconds = Double(text) { return Date(timeIntervalSince1970: seconds) }
    return VendorTimestamp.parse(text)
  }

  /// `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).
  static func retryAfter(_ fields: [String: String], now: Date = Date()) -> Double? {
    guard let text = fields["retry-after"] else { return nil }
    if let seconds = Double(text) { return max(0, seconds) }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return formatter.date(from: text).map { max(0, $0.timeIntervalSince(now)) }
  }
}
