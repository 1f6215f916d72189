import Synchronization

/// Token buckets, one per key: bursts up to the capacity, refilled evenly. They live in this process;
/// with several processes a key has as many times the limit.
final class TokenBuckets<Key: Hashable & Sendable>: Sendable {
  /// What is left to a key after it took a token, or tried to.
  struct Level: Sendable {
    var remaining: Double
    /// Seconds until the bucket is full again.
    var secondsUntilFull: Double
    /// Seconds until there is a token; nil when one was taken.
    var secondsToWait: Double?
  }

  private struct Bucket {
    var tokens: Double
    var refilledAt: ContinuousClock.Instant
  }

  /// Buckets that must be full again by now are dropped when there are more than this.
  private static var maxBuckets: Int { 10_000 }

  let capacity: Double
  /// Tokens per second.
  let rate: Double
  private let buckets = Mutex<[Key: Bucket]>([:])

  init(capacity: Double, rate: Double) {
    self.capacity = capacity
    self.rate = rate
  }

  func take(_ key: Key, now: ContinuousClock.Instant = .now) -> Level {
    let left = buckets.withLock { buckets in
      var bucket = buckets[key] ?? Bucket(tokens: capacity, refilledAt: now)
      let elapsed = (now - bucket.refilledAt) / .seconds(1)
      bucket.tokens = min(capacity, bucket.tokens + elapsed * rate) - 1
      bucket.refilledAt = now
      let left = bucket.tokens
      if left < 0 { bucket.tokens += 1 }
      buckets[key] = bucket
      if buckets.count > Self.maxBuckets {
        let full = Duration.seconds(capacity / rate)
        buckets = buckets.filter { now - $0.value.refilledAt < full }
        // Still too many: the keys are made up.
        if buckets.count > Self.maxBuckets { buckets = [:] }
      }
      return left
    }
    let remaining = max(0, left)
    return Level(
      remaining: remaining, secondsUntilFull: (capacity - remaining) / rate,
      secondsToWait: left < 0 ? -left / rate : nil)
  }
}
