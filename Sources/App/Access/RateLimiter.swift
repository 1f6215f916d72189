import Foundation

/// How many requests a bearer token may send.
final class RateLimiter: Sendable {
  /// What is left to a token after a request.
  struct Allowance: Sendable {
    /// Requests per minute.
    var limit: Int
    var remaining: Int
    /// Seconds until the bucket is full again.
    var reset: Int
    /// Seconds until another request is allowed; nil when this one is.
    var retryAfter: Int?
  }

  private let limit: Int
  private let buckets: TokenBuckets<Int64>

  /// - Parameter limit: requests per minute; 0 is no limit.
  init(limit: Int) {
    self.limit = limit
    buckets = TokenBuckets(capacity: Double(limit), rate: Double(limit) / 60)
  }

  /// Takes one request from a token's bucket.
  ///
  /// - Returns: nil when there is no limit.
  func take(token id: Int64, now: ContinuousClock.Instant = .now) -> Allowance? {
    guard limit > 0 else { return nil }
    let level = buckets.take(id, now: now)
    return Allowance(
      limit: limit, remaining: Int(level.remaining),
      reset: Int(level.secondsUntilFull.rounded(.up)),
      retryAfter: level.secondsToWait.map { max(1, Int($0.rounded(.up))) })
  }
}
