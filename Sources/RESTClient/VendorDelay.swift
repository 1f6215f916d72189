import Foundation

/// Reads every delay and every point in time that vendors state in header fields: seconds, epoch seconds
/// or milliseconds, HTTP dates (RFC 9110 §5.6.7) and ISO 8601. What makes no sense is taken for absent,
/// so that no value of a vendor can stop the process or hold it for days.
enum VendorDelay {
  /// The longest delay that is waited for at once; a longer one is stated again.
  static let maxSeconds = 3600.0
  /// Longer delays make no sense: nobody limits for years.
  private static let maxPlausibleSeconds = 366 * 86_400.0

  /// Seconds until the vendor accepts requests again, 0 to `maxSeconds`.
  ///
  /// - Returns: nil when the answer does not say, or nothing that makes sense.
  static func seconds(_ fields: [String: String], now: Date = Date()) -> Double? {
    // Several header fields of one name may differ, through a proxy: the longest is safe.
    func longest(_ name: String) -> Double? {
      fields[name].flatMap { values(of: $0, vendorTime(fields, now)).max() }
        .map { min($0, maxSeconds) }
    }
    let stated = longest("retry-after")
    if let stated, stated > 0 { return stated }
    return ["x-ratelimit-reset", "x-sentry-rate-limit-reset"].compactMap(longest).max() ?? stated
  }

  /// By our clock, the point in time that a field such as `X-RateLimit-Reset` states, at most
  /// `maxSeconds` ahead.
  static func reset(_ fields: [String: String], _ name: String, now: Date = Date()) -> Date? {
    fields[name].flatMap { values(of: $0, vendorTime(fields, now)).max() }
      .map { now.addingTimeInterval(min($0, maxSeconds)) }
  }

  /// The vendor's clock, where it differs from ours by more than `Date` is exact to.
  private static func vendorTime(_ fields: [String: String], _ now: Date) -> Date {
    guard let text = fields["date"], let comma = text.firstIndex(of: ","),
      let date = httpDate(String(text[text.index(after: comma)...])),
      (2...86_400).contains(abs(date.timeIntervalSince(now)))
    else { return now }
    return date
  }

  /// The numbers that a field states which are whole and not negative, the smallest of several.
  static func count(_ text: String?) -> Int? {
    (text ?? "").split(separator: ",").compactMap { part in
      Int(part.trimmingCharacters(in: .whitespaces)).flatMap { $0 < 0 ? nil : $0 }
    }.min()
  }

  /// Every delay that a field states, in seconds from now; what has passed is 0.
  private static func values(of text: String, _ now: Date) -> [Double] {
    var values: [Double] = []
    var weekday: String?
    for part in text.split(separator: ",") {
      let part = part.trimmingCharacters(in: .whitespaces)
      if !part.isEmpty, part.allSatisfy(\.isLetter) {
        weekday = part
        continue
      }
      let value = number(part, now) ?? point(part, now, isDay: weekday != nil)
      weekday = nil
      if let value { values.append(value) }
    }
    return values
  }

  private static func number(_ text: String, _ now: Date) -> Double? {
    // Double would take "inf", "nan" and "0x1p9" too.
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }),
      let number = Double(text)
    else { return nil }
    if number <= maxPlausibleSeconds { return number }
    // Points in time, as seconds and as milliseconds since 1970.
    for scale in [1.0, 1000] where isEra(number / scale) {
      return max(0, number / scale - now.timeIntervalSince1970)
    }
    return nil
  }

  private static func point(_ text: String, _ now: Date, isDay: Bool) -> Double? {
    guard let date = isDay ? httpDate(text) : VendorTimestamp.parse(text),
      isEra(date.timeIntervalSince1970)
    else { return nil }
    return max(0, date.timeIntervalSince(now))
  }

  /// From 2001 to 2100: what lies outside is no time that a limit could end at.
  private static func isEra(_ seconds: Double) -> Bool { (1e9...4_102_444_800).contains(seconds) }

  /// `21 Oct 2026 07:28:00 GMT`, what follows the name of the day.
  private static func httpDate(_ text: String) -> Date? {
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "-" })
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard parts.count >= 4, let month = months.firstIndex(of: String(parts[1])),
      let day = Int(parts[0]), (1...31).contains(day)
    else { return nil }
    let year = parts[2].count == 2 ? "20\(parts[2])" : String(parts[2])
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
    return VendorTimestamp.parse("\(year)-\(two(month + 1))-\(two(day))T\(parts[3])Z")
  }
}
