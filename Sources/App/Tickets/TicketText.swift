import JiraClient

/// Words of a ticket that are cut and counted.
enum TicketText {
  /// A text of at most so many characters as Jira counts them; what is cut is said.
  static func cut(_ text: String, to units: Int) -> String {
    let text = text.withoutControls
    guard text.units > units else { return text }
    let kept = text.prefix(units: units)
    return kept + "… \(number(text.units - String(kept).units)) more characters in Sentry"
  }

  /// As `cut`, on one line.
  static func line(_ text: String, to units: Int) -> String { cut(text.onOneLine, to: units) }

  /// The end of a path says more than its beginning.
  static func end(of path: String, to units: Int) -> String {
    guard path.units > units else { return path }
    return "…" + path.suffix(units)
  }

  /// `1,234,567`
  static func number<T: BinaryInteger>(_ number: T) -> String {
    var digits = String(number)
    let sign = digits.hasPrefix("-") ? String(digits.removeFirst()) : ""
    var groups: [Substring] = []
    var rest = digits[...]
    while rest.count > 3 {
      groups.append(rest.suffix(3))
      rest = rest.dropLast(3)
    }
    return sign + ([rest] + groups.reversed()).joined(separator: ",")
  }

  static func plural(_ count: Int, _ noun: String) -> String {
    "\(number(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}
