/// How long the statements of one call may take.
enum TimeLimit {
  /// Each statement on its own.
  case perStatement(Duration)
  /// All together.
  case until(ContinuousClock.Instant)

  var deadline: ContinuousClock.Instant {
    switch self {
    case .perStatement(let duration): .now + duration
    case .until(let instant): instant
    }
  }

  /// What is left, for the server's own limit.
  var remaining: Duration {
    switch self {
    case .perStatement(let duration): duration
    case .until(let instant): max(.zero, instant - .now)
    }
  }
}
