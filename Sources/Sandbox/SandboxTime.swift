import Foundation

/// Times as the vendors write them.
enum SandboxTime {
  /// `2026-09-01T09:12:44.513+0200`: the account's zone, an offset without a colon.
  static func jira(_ date: Date, offsetHours: Int = 2) -> String {
    let text = iso(date.addingTimeInterval(Double(offsetHours) * 3600))
    return text.dropLast()
      + String(format: "%@%02d00", offsetHours < 0 ? "-" : "+", abs(offsetHours))
  }

  /// As `jira`, digit by digit: a page holds hundreds.
  static func appendJira(_ date: Date, to bytes: inout [UInt8]) {
    let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down)) + 7_200_000
    let seconds = milliseconds / 1000
    let days = seconds / 86_400
    let (year, month, day) = civil(days)
    let rest = seconds - days * 86_400
    func digits(_ number: Int, _ count: Int, _ end: Character) {
      var divisor = 1
      for _ in 1..<count { divisor *= 10 }
      while divisor > 0 {
        bytes.append(UInt8(48 + number / divisor % 10))
        divisor /= 10
      }
      bytes.append(end.asciiValue ?? 0)
    }
    digits(year, 4, "-")
    digits(month, 2, "-")
    digits(day, 2, "T")
    digits(rest / 3600, 2, ":")
    digits(rest / 60 % 60, 2, ":")
    digits(rest % 60, 2, ".")
    digits(milliseconds % 1000, 3, "+")
    bytes.append(contentsOf: [48, 50, 48, 48])
  }

  /// `2026-09-01T07:12:44.513000Z`
  static func sentry(_ date: Date) -> String { iso(date).dropLast() + "000Z" }

  private static func iso(_ date: Date) -> String {
    let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down))
    var seconds = milliseconds / 1000
    let days = Int((Double(seconds) / 86_400).rounded(.down))
    seconds -= days * 86_400
    let (year, month, day) = civil(days)
    return String(
      format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, seconds / 3600,
      seconds / 60 % 60, seconds % 60, milliseconds % 1000)
  }

  private static func civil(_ days: Int) -> (Int, Int, Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
  }
}
