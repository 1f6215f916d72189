/// When a request is tried again.
package struct RetryPolicy: Sendable {
  /// Tries in all of what can be repeated and got no answer, or one that says the vendor has a fault.
  package var attempts: Int
  /// The first pause is up to this long; each further one up to twice the last (full jitter).
  package var base: Duration
  /// Longest pause of our own choice.
  package var longest: Duration
  /// The first pause after a 429, whatever shorter one it states; each further one in a row is half as
  /// long again.
  package var limitPause: Duration

  /// Tries in all of what met another change under way (409).
  static let maxConflicts = 4

  package init(
    attempts: Int = 4, base: Duration = .milliseconds(250), longest: Duration = .seconds(8),
    limitPause: Duration = .seconds(1)
  ) {
    self.attempts = attempts
    self.base = base
    self.longest = longest
    self.limitPause = limitPause
  }

  /// The pause before try number `attempt` (2 is the first repetition).
  func pause(before attempt: Int) -> Duration {
    let ceiling = min(longest, base * (1 << min(attempt - 2, 16)))
    return ceiling * Double.random(in: 0...1)
  }

  /// The pause after so many conflicts: never none, so that the other change can end.
  func pause(afterConflicts count: Int) -> Duration {
    min(longest, base * (1 << min(count - 1, 16))) * Double.random(in: 0.5...1)
  }

  /// Seconds to wait after so many 429s in a row; never less than the vendor states.
  func limitPause(afterRefusals count: Int, stated: Double?) -> Double {
    var pause = limitPause / .seconds(1)
    for _ in 1..<max(1, min(count, 64)) where pause < Self.maxLimitPause { pause *= 1.5 }
    return max(stated ?? 0, min(pause, Self.maxLimitPause))
  }

  /// In seconds.
  private static let maxLimitPause = 30.0
}
