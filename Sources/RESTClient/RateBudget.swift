package import Foundation
import Synchronization

/// What a vendor still allows, by endpoint. A refusal holds every request to its endpoint, or where it
/// concerns one issue every change of that issue, and when little is left fewer requests go out at the
/// same time.
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

  /// Seconds after which a limit is taken to hold anew when its window has ended and no answer has told
  /// of the next one yet.
  static let assumedWindow = 1.0

  /// 429s in a row. Requests that were under way together are refused together, which counts once.
  private struct Refusals {
    var count = 0
    var notedAt = Date.distantPast

    mutating func add(sentAt: Date, now: Date) {
      if sentAt >= notedAt {
        count += 1
        notedAt = now
      }
    }
  }

  private struct Endpoint {
    var allowance = Allowance()
    var underWay = 0
    var refusals = Refusals()
  }

  private struct HeldIssue {
    var until = Date.distantPast
    var refusals = Refusals()
  }

  private let endpoints = Mutex<[String: Endpoint]>([:])
  /// Only of this process: such a limit holds for seconds.
  private let issues = Mutex<[String: HeldIssue]>([:])

  package init() {}

  package var snapshot: [String: Allowance] { endpoints.withLock { $0.mapValues(\.allowance) } }

  /// Takes one request off the budget, or says how long to wait. A granted one must be released.
  ///
  /// - Parameter takes: false only looks; then there is nothing to release.
  func admit(_ name: String, now: Date = Date(), takes: Bool = true) -> Admission {
    endpoints.withLock { endpoints in
      var endpoint = endpoints[name] ?? Endpoint()
      if let until = endpoint.allowance.heldUntil, until > now {
        return .wait(seconds: Self.seconds(from: now, to: until), isHeld: true)
      }
      let isCurrent = endpoint.allowance.resetsAt.map { $0 > now } ?? false
      if isCurrent, endpoint.allowance.remaining == 0, let reset = endpoint.allowance.resetsAt {
        return .wait(seconds: Self.seconds(from: now, to: reset), isHeld: true)
      }
      guard endpoint.underWay < Self.width(endpoint.allowance, isCurrent: isCurrent) else {
        return .wait(seconds: Self.look, isHeld: false)
      }
      guard takes else { return .granted }
      endpoint.underWay += 1
      if isCurrent, let remaining = endpoint.allowance.remaining {
        endpoint.allowance.remaining = max(0, remaining - 1)
      } else if let limit = endpoint.allowance.limit, limit > 0 {
        // A new window: not more go out than it allows until its first answer tells what is left.
        endpoint.allowance.remaining = limit - 1
        endpoint.allowance.resetsAt = now.addingTimeInterval(Self.assumedWindow)
      }
      endpoints[name] = endpoint
      return .granted
    }
  }

  /// Another process may have stored a time that this one would not believe.
  private static func seconds(from now: Date, to end: Date) -> Double {
    min(end.timeIntervalSince(now), VendorDelay.maxSeconds)
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

  /// Notes a 429 and holds what it concerns.
  ///
  /// - Parameters:
  ///   - issue: the issue whose changes alone are limited; nil: the endpoint is.
  ///   - sentAt: when the request was sent.
  ///   - stated: seconds that the vendor states.
  /// - Returns: the seconds to wait, and the endpoint's allowance when it is what is held.
  func refuse(
    _ name: String, issue: String?, sentAt: Date, stated: Double?, _ policy: RetryPolicy,
    now: Date = Date()
  ) -> (seconds: Double, held: Allowance?) {
    if let issue {
      return issues.withLock { issues in
        issues = issues.filter { $0.value.until > now }.merging(
          [issue: issues[issue] ?? HeldIssue()]) { $1 }
        issues[issue]?.refusals.add(sentAt: sentAt, now: now)
        let count = issues[issue]?.refusals.count ?? 1
        let seconds = policy.limitPause(afterRefusals: count, stated: stated)
        issues[issue]?.until = now.addingTimeInterval(seconds)
        return (seconds, nil)
      }
    }
    let count = endpoints.withLock { endpoints in
      endpoints[name, default: Endpoint()].refusals.add(sentAt: sentAt, now: now)
      return endpoints[name]?.refusals.count ?? 1
    }
    let seconds = policy.limitPause(afterRefusals: count, stated: stated)
    return (seconds, hold(name, seconds: seconds, now: now))
  }

  /// Notes that a request was not refused.
  func accept(_ name: String, issue: String?) {
    endpoints.withLock { $0[name]?.refusals.count = 0 }
    if let issue { issues.withLock { $0[issue] = nil } }
  }

  /// Seconds for which no change of an issue is sent; nil: it may be.
  func hold(ofIssue issue: String, now: Date = Date()) -> Double? {
    issues.withLock { issues in
      issues[issue].flatMap { $0.until > now ? $0.until.timeIntervalSince(now) : nil }
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
      func number(_ field: String) -> Int? { VendorDelay.count(fields[prefix + field]) }
      guard let remaining = number("remaining") else { continue }
      let reset = VendorDelay.reset(fields, prefix + "reset", now: now)
      return endpoints.withLock { endpoints in
        var endpoint = endpoints[name] ?? Endpoint()
        endpoint.allowance.limit = number("limit")
        // The vendor has not counted what is still on its way to it.
        endpoint.allowance.remaining = max(0, remaining - max(0, endpoint.underWay - 1))
        endpoint.allowance.resetsAt = reset
        endpoint.allowance.concurrentRemaining = number("concurrentremaining")
        endpoint.allowance.notedAt = now
        endpoints[name] = endpoint
        return endpoint.allowance
      }
    }
    return nil
  }
}
