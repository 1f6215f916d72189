import Foundation

/// What a ticket leaves out of an event, because it may name a person or hold a secret. Tickets are read
/// by more people than Sentry, and stay for years.
enum TicketPrivacy {
  /// An address without what may be secret in it: the query, the fragment, a user name and a password.
  static func address(_ address: String) -> String {
    var end = address.firstIndex { $0 == "?" || $0 == "#" } ?? address.endIndex
    let isCut = end != address.endIndex
    if isCut, end == address.startIndex { end = address.endIndex }
    var text = String(address[..<end])
    if let scheme = text.firstRange(of: "://") {
      let authority = text[scheme.upperBound...].prefix { $0 != "/" }
      if let sign = authority.lastIndex(of: "@") {
        text.removeSubrange(scheme.upperBound...sign)
      }
    }
    return isCut ? text + " (query left out)" : text
  }

  /// A text whose addresses are without their queries.
  static func withoutQueries(_ text: String) -> String {
    guard text.contains("?") || text.contains("@") || text.contains("#") else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: " ", omittingEmptySubsequences: false).map { word in
        let isAddress =
          word.hasPrefix("http://") || word.hasPrefix("https://")
          || word.hasPrefix("/") && word.contains("?")
        return isAddress ? address(String(word)) : String(word)
      }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  private static let personalWords: Set = [
    "user", "users", "username", "userid", "usr", "person", "visitor", "login", "contact", "email",
    "emails", "mail", "phone", "ip", "ipaddress", "unique", "session", "sessionid", "cookie",
    "cookies", "token", "secret", "password", "passwd", "auth", "authorization", "apikey",
    "credential", "credentials", "geo",
  ]

  /// Whether a tag or an evidence names a person, or holds what only that person may know.
  static func isPersonal(_ key: String, _ value: String) -> Bool {
    words(key).contains(where: personalWords.contains) || isAddressOfPerson(value)
  }

  /// `sentry:user`, `userEmail`, `client_ip`: the words of a name.
  private static func words(_ name: String) -> [String] {
    var words = [""]
    var previous: Character = " "
    for character in name {
      if !character.isLetter && !character.isNumber {
        words.append("")
      } else {
        if character.isUppercase && previous.isLowercase { words.append("") }
        words[words.count - 1] += character.lowercased()
      }
      previous = character
    }
    return words
  }

  private static func isAddressOfPerson(_ value: String) -> Bool {
    let value = value.trimmingCharacters(in: .whitespaces)
    if !value.contains(where: \.isWhitespace), !value.contains("/"),
      let sign = value.lastIndex(of: "@"), sign != value.startIndex,
      // A domain ends with letters; a version, as in `shop@4.2.0`, does not.
      let end = value[sign...].split(separator: ".").dropFirst().last, end.allSatisfy(\.isLetter)
    {
      return true
    }
    var bytes = in6_addr()
    return inet_pton(AF_INET, value, &bytes) == 1 || inet_pton(AF_INET6, value, &bytes) == 1
  }
}
