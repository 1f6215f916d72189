/// Growing, jittered waits between attempts to connect.
struct Backoff {
  private static let first: Duration = .milliseconds(50)
  private static let longest: Duration = .seconds(5)
  private var current = Backoff.first

  /// The wait before the next attempt: half of it fixed, half of it random.
  mutating func next() -> Duration {
    defer { current = min(current * 2, Self.longest) }
    return current * Double.random(in: 0.5...1)
  }

  mutating func reset() { current = Self.first }
}
