import Foundation
import Synchronization

/// A token bucket a bearer token: bursts up to a minute's worth, refilled evenly. It is kept in this
/// process; behind several processes a token has as many times the limit.
final class RateLimiter: Sendable {
  /// What is left to a token after a request.
  struct Allowance: Sendable {
    /// Requests a minute.
    var limit: Int
    var remaining: Int
    /// Seconds until the bucket is full again.
    var reset: Int
    /// Seconds until another request is allowed; nil when this one is.
    var retryAfter: Int?
  }

  private struct Bucket {
    var tokens: Double
    var refilledAt: ContinuousClock.Instant
  }

  /// Full buckets are dropped when there are more than this.
  private static let mostBuckets = 10_000

  private let limit: Int
  private let buckets = Mutex<[Int64: Bucket]>([:])

  /// - Parameter limit: requests a minute; 0 is no limit.
  init(limit: Int) { self.limit = limit }

  /// Takes one request from a token's bucket.
  ///
  /// - Returns: nil when there is no limit.
  func take(token id: Int64, now: ContinuousClock.Instant = .now) -> Allowance? {
    guard limit > 0 else { return nil }
    let full = Double(limit)
    let rate = full / 60
    let left = buckets.withLock { buckets in
      var bucket = buckets[id] ?? Bucket(tokens: full, refilledAt: now)
      let elapsed = (now - bucket.refilledAt) / .seconds(1)
      bucket.tokens = min(full, bucket.tokens + elapsed * rate) - 1
      bucket.refilledAt = now
      let left = bucket.tokens
      if left < 0 { bucket.tokens += 1 }
      buckets[id] = bucket
      if buckets.count > Self.mostBuckets {
        buckets = buckets.filter { (now - $0.value.refilledAt) < .seconds(60) }
      }
      return left
    }
    let remaining = max(0, left)
    return Allowance(
      limit: limit, remaining: Int(remaining), reset: Int(((full - remaining) / rate).rounded(.up)),
      retryAfter: left < 0 ? max(1, Int((-left / rate).rounded(.up))) : nil)
  }
}
