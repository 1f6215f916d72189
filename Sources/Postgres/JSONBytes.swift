/// Writes JSON (RFC 8259) straight into bytes.
struct JSONBytes {
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  static func append(_ text: StaticString, to out: inout [UInt8]) {
    text.withUTF8Buffer { out.append(contentsOf: $0) }
  }

  static func append(_ value: Int64, to out: inout [UInt8]) {
    if value < 0 { out.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = 20
      repeat {
        start -= 1
        digits[start] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
      } while rest > 0
      out.append(contentsOf: UnsafeMutableBufferPointer(rebasing: digits[start..<20]))
    }
  }

  /// `text` is UTF-8, as PostgreSQL guarantees; what JSON reserves is escaped.
  static func append(string text: UnsafeRawBufferPointer, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var start = 0
    for index in text.indices {
      let byte = text[index]
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<index]))
      start = index + 1
      appendEscaped(byte, to: &out)
    }
    out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<text.count]))
    out.append(UInt8(ascii: "\""))
  }

  private static func appendEscaped(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"", to: &out)
    case UInt8(ascii: "\\"): append("\\\\", to: &out)
    case 10: append("\\n", to: &out)
    case 13: append("\\r", to: &out)
    case 9: append("\\t", to: &out)
    default:
      append("\\u00", to: &out)
      out.append(hexadecimal[Int(byte >> 4)])
      out.append(hexadecimal[Int(byte & 15)])
    }
  }

  /// RFC 3339 in UTC with milliseconds: `"2026-11-23T10:15:30.123Z"`. Finer digits are cut off.
  ///
  /// - Parameter microseconds: since 2000-01-01 00:00 UTC.
  static func append(timestamp microseconds: Int64, to out: inout [UInt8]) {
    switch microseconds {
    case .max: return append("\"infinity\"", to: &out)
    case .min: return append("\"-infinity\"", to: &out)
    default: break
    }
    let day = floorDivide(microseconds, 86_400_000_000)
    let millisecond = Int((microseconds - day * 86_400_000_000) / 1000)
    out.append(UInt8(ascii: "\""))
    append(civilDay: Int(day), to: &out)
    out.append(UInt8(ascii: "T"))
    append(millisecond / 3_600_000, width: 2, to: &out)
    out.append(UInt8(ascii: ":"))
    append(millisecond / 60_000 % 60, width: 2, to: &out)
    out.append(UInt8(ascii: ":"))
    append(millisecond / 1000 % 60, width: 2, to: &out)
    out.append(UInt8(ascii: "."))
    append(millisecond % 1000, width: 3, to: &out)
    append("Z\"", to: &out)
  }

  /// `2026-11-23`, by the proleptic Gregorian calendar.
  ///
  /// - Parameter day: since 2000-01-01.
  static func append(civilDay day: Int, to out: inout [UInt8]) {
    // Years that begin in March put the leap day last; 730,425 days lie between 0000-03-01 and
    // 2000-01-01 (days_from_civil in Howard Hinnant's chrono-compatible date algorithms).
    let shifted = day + 730_425
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    if year < 0 { out.append(UInt8(ascii: "-")) }
    append(abs(year), width: 4, to: &out)
    out.append(UInt8(ascii: "-"))
    append(month, width: 2, to: &out)
    out.append(UInt8(ascii: "-"))
    append(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, width: 2, to: &out)
  }

  private static func append(_ value: Int, width: Int, to out: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    if value >= divisor * 10 { return append(Int64(value), to: &out) }
    while divisor > 0 {
      out.append(UInt8(truncatingIfNeeded: 48 + value / divisor % 10))
      divisor /= 10
    }
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
