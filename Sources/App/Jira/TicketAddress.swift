/// The address of a Jira ticket, found somewhere else. Pure.
enum TicketAddress {
  /// Most that one Sentry issue is read for.
  static let mostOfIssue = 20

  /// `https://host/browse/KEY-1`, the host in lower case and the key in upper case.
  ///
  /// - Returns: nil for what is no address of a ticket.
  static func normalized(_ address: String) -> String? {
    guard let parts = WebAddress(address), let place = parts.path.firstRange(of: "/browse/") else {
      return nil
    }
    let key = parts.path[place.upperBound...].prefix { $0 != "/" }.uppercased()
    guard let dash = key.lastIndex(of: "-"), isProject(key[..<dash]),
      isNumber(key[key.index(after: dash)...])
    else { return nil }
    return parts.origin + parts.path[..<place.upperBound] + key
  }

  /// Those of many that are addresses of tickets, each once.
  static func all(of addresses: [String]) -> [String] {
    var found: [String] = []
    for address in addresses.lazy.compactMap(normalized) where !found.contains(address) {
      found.append(address)
      if found.count == mostOfIssue { break }
    }
    return found
  }

  private static func isProject(_ text: Substring) -> Bool {
    text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    (1...18).contains(text.count) && text.allSatisfy { $0.isASCII && $0.isNumber }
  }
}
