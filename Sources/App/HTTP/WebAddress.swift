/// The parts of an address that say which resource it is: no query, no fragment.
struct WebAddress: Sendable {
  /// Longest address that is looked at, in characters.
  static let longest = 2_000

  /// Scheme and host (with its port), in lower case.
  var origin: String
  /// With its leading slash; empty when there is none.
  var path: Substring

  /// - Returns: nil for what is no address by HTTP, or is longer than `longest`.
  init?(_ address: String) {
    guard address.utf8.count <= Self.longest,
      let scheme = ["https://", "http://"].first(where: address.hasPrefix)
    else { return nil }
    let rest = address.dropFirst(scheme.count).prefix { $0 != "?" && $0 != "#" }
    let host = rest.prefix { $0 != "/" }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "\0" || $0 == "@" }),
      !rest.contains(where: { $0 == "\0" || $0 == "\u{1F}" })
    else { return nil }
    origin = scheme + host.lowercased()
    path = rest[host.endIndex...]
  }
}
