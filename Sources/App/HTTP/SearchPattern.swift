/// A client's words as a pattern of SQL's `ilike`.
enum SearchPattern {
  /// Fewer characters than a trigram are looked for at the beginning of words only: an index of
  /// trigrams says nothing of them elsewhere.
  private static let shortest = 3

  /// The pattern that finds `text` as it stands: `%`, `_` and `\` mean themselves. The searched
  /// expression begins with a blank, so that its first word begins like every other.
  static func containing(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      if ["%", "_", "\\"].contains(character) { escaped.unicodeScalars.append("\\") }
      escaped.unicodeScalars.append(character)
    }
    return (text.count < shortest ? "% " : "%") + escaped + "%"
  }
}
