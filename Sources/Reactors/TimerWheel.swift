/// Timers hashed by their tick into 512 buckets: adding one is an append, cancelling one a flag.
///
/// A tick is 8 ms, so a revolution takes 4 s; a later timer stays in its bucket for as many
/// revolutions as it needs. A cancelled timer gives its memory back when its bucket comes by.
struct TimerWheel {
  static let tickNanoseconds: UInt64 = 8_000_000
  private static let size = 512
  private var buckets = [[ReactorTimer]](repeating: [], count: size)
  /// One bit a bucket: whether it holds anything.
  private var occupied = [UInt64](repeating: 0, count: size / 64)
  /// All ticks up to this one have been served.
  private var served: UInt64
  private(set) var count = 0

  init(now: UInt64) { served = now / Self.tickNanoseconds }

  /// The tick that has certainly begun `nanoseconds` after `now`: never early, at most 16 ms late.
  static func tick(after nanoseconds: UInt64, from now: UInt64) -> UInt64 {
    (now + nanoseconds) / tickNanoseconds + 1
  }

  mutating func add(_ timer: ReactorTimer) {
    // One that was due long ago goes to the next bucket to be served.
    let slot = Int(max(timer.due, served + 1) % UInt64(Self.size))
    buckets[slot].append(timer)
    occupied[slot / 64] |= 1 << UInt64(slot % 64)
    count += 1
  }

  /// Nanoseconds until the next occupied bucket is to be served; nil when there are no timers.
  func delay(from now: UInt64) -> UInt64? {
    guard count > 0 else { return nil }
    var step: UInt64 = 1
    while step <= UInt64(Self.size) {
      let slot = Int((served + step) % UInt64(Self.size))
      let word = occupied[slot / 64] >> UInt64(slot % 64)
      if word == 0 {
        step += UInt64(64 - slot % 64)
      } else {
        let at = (served + step + UInt64(word.trailingZeroBitCount)) * Self.tickNanoseconds
        return at > now ? at - now : 0
      }
    }
    return nil
  }

  /// Takes out the timers due at `now`.
  mutating func expire(at now: UInt64) -> [ReactorTimer] {
    let target = now / Self.tickNanoseconds
    guard target > served else { return [] }
    guard count > 0 else {
      served = target
      return []
    }
    var due: [ReactorTimer] = []
    let last = min(target, served + UInt64(Self.size))
    for tick in served + 1...last {
      let slot = Int(tick % UInt64(Self.size))
      guard occupied[slot / 64] & (1 << UInt64(slot % 64)) != 0 else { continue }
      var kept: [ReactorTimer] = []
      for timer in buckets[slot] {
        if timer.isCancelled { continue }
        if timer.due <= target {
          due.append(timer)
        } else {
          kept.append(timer)
        }
      }
      count -= buckets[slot].count - kept.count
      buckets[slot] = kept
      if kept.isEmpty { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
    }
    served = target
    return due
  }
}
