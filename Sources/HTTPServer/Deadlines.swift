/// When a connection's patience ends, in nanoseconds of the reactor's clock.
struct Deadlines {
  static let never = UInt64.max

  /// Idle, head or lingering.
  var phase = never
  var handler = never
  var body = never
  var write = never

  var earliest: UInt64 { min(min(phase, handler), min(body, write)) }

  /// A deadline that `bytes` have moved on at the lowest rate allowed, but not beyond `longest` from
  /// now.
  static func extended(
    _ deadline: UInt64, by bytes: Int, rate: Int, longest: UInt64, now: UInt64
  ) -> UInt64 {
    let bought = UInt64(bytes) * 1_000_000_000 / UInt64(max(1, rate))
    return min(deadline &+ bought, now + longest)
  }
}
