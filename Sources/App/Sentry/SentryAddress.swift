/// The address of a Sentry issue, found somewhere else. Pure.
enum SentryAddress {
  /// Most that one ticket is read for.
  static let mostOfTicket = 50

  /// The address up to the number, its host in lower case: without query, fragment and the
  /// page of the issue that it names.
  ///
  /// - Returns: nil for what is no address of an issue by number.
  static func normalized(_ address: String) -> String? {
    guard let parts = WebAddress(address), let place = parts.path.firstRange(of: "/issues/") else {
      return nil
    }
    let number = parts.path[place.upperBound...].prefix { $0.isASCII && $0.isNumber }
    let rest = parts.path[number.endIndex...]
    // A sentence may end right behind it; a short id or a longer number may not go on.
    let goesOn = rest.first.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } ?? false
    guard (1...18).contains(number.count), !goesOn else { return nil }
    return parts.origin + parts.path[..<number.endIndex]
  }

  /// Those of many that are addresses of Sentry issues, each once.
  static func all(of addresses: [String]) -> [String] {
    var found: [String] = []
    for address in addresses.lazy.compactMap(normalized) where !found.contains(address) {
      found.append(address)
      if found.count == mostOfTicket { break }
    }
    return found
  }
}
