import Foundation

/// PostgreSQL's timestamps: microseconds since 2000-01-01 00:00 UTC, the two ends of `Int64`
/// standing for ±infinity.
enum PostgresTimestamp {
  /// From PostgreSQL's epoch to Foundation's, 2001-01-01.
  private static let secondsBetweenEpochs = 366.0 * 86_400

  static func microseconds(of date: Date) throws -> Int64 {
    let seconds = date.timeIntervalSinceReferenceDate + secondsBetweenEpochs
    guard !seconds.isNaN else { throw PostgresError.encoding("a date is not a number") }
    let microseconds = (seconds * 1_000_000).rounded()
    if microseconds >= 0x1p63 { return .max }
    if microseconds <= -0x1p63 { return .min }
    return Int64(microseconds)
  }

  static func date(microseconds: Int64) -> Date {
    switch microseconds {
    case .max: .distantFuture
    case .min: .distantPast
    default:
      Date(
        timeIntervalSinceReferenceDate: Double(microseconds) / 1_000_000 - secondsBetweenEpochs)
    }
  }
}
