package import Foundation
import Synchronization

/// What a vendor still allows, by endpoint. A `Retry-After` holds every request to its endpoint.
package final class RateBudget: Sendable {
  /// One endpoint's limit as the vendor last stated it.
  package struct Allowance: Sendable, Equatable {
    package var limit: Int?
    package var remaining: Int?
    /// No request goes out before.
    package var heldUntil: Date?
  }

  private let allowances = Mutex<[String: Allowance]>([:])

  package init() {}

  package var snapshot: [String: Allowance] { allowances.withLock { $0 } }

  /// Seconds until requests to this endpoint may go out again; zero or less: now.
  func wait(for endpoint: String) -> Double {
    allowances.withLock { $0[endpoint]?.heldUntil?.timeIntervalSinceNow ?? 0 }
  }

  func hold(_ endpoint: String, seconds: Double) {
    let until = Date(timeIntervalSinceNow: seconds)
    allowances.withLock { allowances in
      let held = allowances[endpoint]?.heldUntil ?? .distantPast
      allowances[endpoint, default: Allowance()].heldUntil = max(held, until)
    }
  }

  /// Notes the limits that an answer states: Jira's `X-RateLimit-*` (Reset is ISO 8601), Sentry's
  /// `X-Sentry-Rate-Limit-*` (Reset in epoch seconds).
  func note(_ fields: [String: String], endpoint: String) {
    let prefixes = ["x-ratelimit-", "x-sentry-rate-limit-"]
    for prefix in prefixes {
      guard let remaining = fields[prefix + "remaining"].flatMap({ Int($0) }) else { continue }
      let limit = fields[prefix + "limit"].flatMap { Int($0) }
      let reset = fields[prefix + "reset"].flatMap(Self.date)
      allowances.withLock { allowances in
        var allowance = allowances[endpoint] ?? Allowance()
        allowance.limit = limit
        allowance.remaining = remaining
        if remaining == 0, let reset { allowance.heldUntil = reset }
        allowances[endpoint] = allowance
      }
    }
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
