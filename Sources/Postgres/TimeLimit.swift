/// How long a call may take once it has a connection.
enum CallLimit: Sendable {
  /// Each statement on its own.
  case perStatement(Duration)
  /// All together.
  case whole(Duration)

  /// The limit of a call that begins now.
  func begin() -> TimeLimit {
    switch self {
    case .perStatement(let duration): .perStatement(duration)
    case .whole(let duration): .until(.now + duration)
    }
  }
}

/// When the statements of a call have to be done.
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
