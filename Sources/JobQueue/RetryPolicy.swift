/// How long a failed job waits: attempt⁴ seconds as in River (1 s, 16 s, 81 s, 4 min …), at most a
/// day, give or take a tenth so that jobs that failed together do not come back together.
package struct RetryPolicy: Sendable {
  package var longest: Duration = .seconds(86_400)
  package var unit: Duration = .seconds(1)

  package init() {}

  /// - Parameter attempt: the one that failed, from 1.
  package func delay(afterAttempt attempt: Int) -> Duration {
    let count = Double(max(1, min(attempt, 1000)))
    let seconds = min(count * count * count * count * (unit / .seconds(1)), longest / .seconds(1))
    return .seconds(seconds * Double.random(in: 0.9...1.1))
  }
}
