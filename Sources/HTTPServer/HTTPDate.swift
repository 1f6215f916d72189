import Glibc

/// The Date of an answer (RFC 9110, 5.6.7), made once a second.
struct HTTPDate {
  private var second: time_t = -1
  private var text: [UInt8] = []

  mutating func now() -> [UInt8] {
    var seconds = time(nil)
    guard seconds != second else { return text }
    second = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    text = Self.format(parts)
    return text
  }

  static func format(_ parts: tm) -> [UInt8] {
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let date =
      "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(Int(parts.tm_year) + 1900)"
    let time = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    return Array("\(days[Int(parts.tm_wday)]), \(date) \(time) GMT".utf8)
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
