import Foundation

/// Which vendor addresses the service may speak to: the guard against being used to reach a
/// network's inside (server-side request forgery).
package struct VendorHostPolicy: Sendable {
  private enum Pattern: Sendable, Equatable {
    /// `*.example.net`: any host below, https only, port 443.
    case suffix(String)
    /// `example.net`: https only, port 443.
    case host(String)
    /// `example.net:8080`: exactly this one; http too, private addresses too.
    case endpoint(host: String, port: Int)
  }

  package static let standard = "*.atlassian.net,api.atlassian.com,sentry.io,*.sentry.io"

  private let patterns: [Pattern]
  private let text: String

  /// - Parameter list: host patterns, separated by commas.
  /// - Throws: `VendorHostPolicyError` for an entry that cannot be read.
  package static func parse(_ list: String) throws -> VendorHostPolicy {
    let entries = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    return VendorHostPolicy(
      patterns: try entries.map(pattern), text: entries.joined(separator: ", "))
  }

  private static func pattern(_ entry: String) throws -> Pattern {
    let entry = entry.lowercased()
    if entry.hasPrefix("*."), isHost(String(entry.dropFirst(2))) {
      return .suffix(String(entry.dropFirst(1)))
    }
    if let colon = entry.lastIndex(of: ":"), !entry.hasSuffix("]") {
      let host = String(entry[..<colon])
      if let port = Int(entry[entry.index(after: colon)...]), (1...65535).contains(port),
        isHost(host)
      {
        return .endpoint(host: host, port: port)
      }
    } else if isHost(entry) {
      return .host(entry)
    }
    throw VendorHostPolicyError(
      "'\(entry)' is not a host pattern; use example.net, *.example.net or host:port")
  }

  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 46 || $0 == 91
          || $0 == 93 || $0 == 58
      }
  }

  /// Checks the base address of a vendor.
  ///
  /// - Returns: the address without a trailing slash, its host in lower case.
  /// - Throws: `VendorHostPolicyError`, which says what to do.
  package func check(_ url: String) throws -> String {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
      let host = parts.host?.lowercased(), !host.isEmpty
    else {
      throw VendorHostPolicyError("Must be a URL that begins with https://.")
    }
    guard scheme == "https" || scheme == "http" else {
      throw VendorHostPolicyError("Must begin with https://; it begins with \(scheme)://.")
    }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
      throw VendorHostPolicyError(
        "Must not hold a user, a password, a query or a fragment; credentials have fields of their "
          + "own.")
    }
    let isListed = isEndpoint(host, parts.port ?? (scheme == "https" ? 443 : 80))
    if !isListed {
      try checkUnlisted(scheme: scheme, host: host, port: parts.port)
    }
    var path = parts.path
    while path.hasSuffix("/") { path.removeLast() }
    return "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "") + path
  }

  private func checkUnlisted(scheme: String, host: String, port: Int?) throws {
    if Self.isPrivate(address: host) || host == "localhost" || host.hasSuffix(".localhost") {
      throw VendorHostPolicyError(
        "Leads to a private address (\(host)); an operator can allow exactly this host and port in "
          + "ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS.")
    }
    guard scheme == "https" else {
      throw VendorHostPolicyError(
        "Must begin with https://: over http:// anybody on the way could read the credentials.")
    }
    let isAllowed = patterns.contains { pattern in
      switch pattern {
      case .suffix(let suffix): host.hasSuffix(suffix)
      case .host(let name): host == name
      case .endpoint: false
      }
    }
    guard isAllowed, port == nil || port == 443 else {
      throw VendorHostPolicyError(
        "The host \(host)\(port.map { ":\($0)" } ?? "") is not allowed; allowed are \(text). An "
          + "operator can add it to ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS.")
    }
  }

  private func isEndpoint(_ host: String, _ port: Int) -> Bool {
    patterns.contains(.endpoint(host: host, port: port))
  }

  /// Whether a connection to this resolved address may be made for this URL.
  package func allows(address: String, of url: String) -> Bool {
    guard let parts = URLComponents(string: url), let host = parts.host?.lowercased() else {
      return false
    }
    let port = parts.port ?? (parts.scheme?.lowercased() == "https" ? 443 : 80)
    return isEndpoint(host, port) || !Self.isPrivate(address: address)
  }

  /// Loopback, private, link-local, unique-local, multicast and unspecified addresses (RFC 6890).
  static func isPrivate(address: String) -> Bool {
    let text = address.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      return isPrivate(four: UInt32(bigEndian: four.s_addr))
    }
    var six = in6_addr()
    let bare = String(text.prefix { $0 != "%" })
    guard inet_pton(AF_INET6, bare, &six) == 1 else { return false }
    let bytes = withUnsafeBytes(of: &six) { Array($0) }
    let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    let isTranslated = bytes[0..<4].elementsEqual([0, 0x64, 0xFF, 0x9B])
    if isMapped || isTranslated {
      return isPrivate(four: bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
    }
    let isUnspecifiedOrLoopback = bytes[0..<15].allSatisfy { $0 == 0 } && bytes[15] <= 1
    return isUnspecifiedOrLoopback || bytes[0] & 0xFE == 0xFC
      || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80) || bytes[0] == 0xFF
  }

  private static func isPrivate(four address: UInt32) -> Bool {
    let blocks: [(UInt32, UInt32)] = [
      (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
      (0xAC10_0000, 12), (0xC000_0000, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
      (0xE000_0000, 3),
    ]
    return blocks.contains { base, bits in address >> (32 - bits) == base >> (32 - bits) }
  }
}

package struct VendorHostPolicyError: Error, CustomStringConvertible, Equatable {
  package let description: String
  init(_ description: String) { self.description = description }
}
