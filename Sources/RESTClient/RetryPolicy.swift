/// When a request is tried again.
package struct RetryPolicy: Sendable {
  /// Tries in all.
  package var attempts: Int
  /// The first pause is up to this long; each further one up to twice the last (full jitter).
  package var base: Duration
  /// Longest pause of our own choice.
  package var longest: Duration
  /// Longest `Retry-After` that is waited out inside a call; a longer one ends it.
  package var patience: Duration

  package init(
    attempts: Int = 4, base: Duration = .milliseconds(250), longest: Duration = .seconds(8),
    patience: Duration = .seconds(30)
  ) {
    self.attempts = attempts
    self.base = base
    self.longest = longest
    self.patience = patience
  }

  /// The pause before try number `attempt` (2 is the first repetition).
  func pause(before attempt: Int) -> Duration {
    let ceiling = min(longest, base * (1 << min(attempt - 2, 16)))
    return ceiling * Double.random(in: 0...1)
  }
}
