package import Foundation

/// The times vendors write: `2026-09-01T09:12:44.513+0200` (Jira: an offset without a colon),
/// `2026-09-01T09:12:44.513000Z` (Sentry), with or without a fraction or a zone (then UTC).
package enum VendorTimestamp {
  package static func parse(_ text: String) -> Date? {
    var text = text
    return text.withUTF8(parse)
  }

  package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Date? {
    var reader = Reader(bytes: bytes)
    return reader.date()
  }

  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func date() -> Date? {
      guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
        (1...12).contains(month), (1...31).contains(day), take("T") || take(" "),
        let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60
      else { return nil }
      var seconds = 0.0
      if take(":") {
        guard let whole = number(2), whole <= 60 else { return nil }
        seconds = Double(whole) + fraction()
      }
      guard let offset = offset(), position == bytes.count else { return nil }
      let days = Self.days(year, month, day)
      let whole = days * 86_400 + hour * 3600 + minute * 60 - offset
      return Date(timeIntervalSince1970: Double(whole) + seconds)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    private mutating func number(_ digits: Int) -> Int? {
      guard position + digits <= bytes.count else { return nil }
      var value = 0
      for _ in 0..<digits {
        let digit = bytes[position] &- 48
        guard digit < 10 else { return nil }
        value = value * 10 + Int(digit)
        position += 1
      }
      return value
    }

    private mutating func fraction() -> Double {
      guard take(".") || take(",") else { return 0 }
      var value = 0.0
      var scale = 0.1
      while position < bytes.count, bytes[position] &- 48 < 10 {
        value += Double(bytes[position] - 48) * scale
        scale /= 10
        position += 1
      }
      return value
    }

    /// Seconds east of UTC.
    private mutating func offset() -> Int? {
      if position == bytes.count || take("Z") || take("z") { return 0 }
      let sign = take("-") ? -1 : 1
      guard sign < 0 || take("+"), let hours = number(2), hours < 24 else { return nil }
      _ = take(":")
      let minutes = position < bytes.count ? number(2) : 0
      guard let minutes, minutes < 60 else { return nil }
      return sign * (hours * 3600 + minutes * 60)
    }

    /// Days since 1970-01-01 of the proleptic Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
      let year = month <= 2 ? year - 1 : year
      let era = (year >= 0 ? year : year - 399) / 400
      let yearOfEra = year - era * 400
      let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
      let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
      return era * 146_097 + dayOfEra - 719_468
    }
  }
}
