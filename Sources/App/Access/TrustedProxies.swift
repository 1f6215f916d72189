import Cryptography
import Foundation
import HTTPServer
import HTTPTypes

/// An IPv4 or IPv6 address as bytes; an IPv4 address inside an IPv6 one counts as IPv4.
struct IPAddress: Sendable, Equatable {
  /// 4 or 16.
  let bytes: [UInt8]

  init?(_ text: some StringProtocol) {
    let text = String(text)
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
      return
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &six) == 1 else { return nil }
    let all = withUnsafeBytes(of: &six) { Array($0) }
    let isMapped = all[0..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
    bytes = isMapped ? Array(all[12...]) : all
  }
}

/// The proxies that may say on whose behalf a request comes (`ISSUEBRIDGE_TRUSTED_PROXIES`). What
/// anyone else says in `Forwarded` or `X-Forwarded-For` is not believed.
package struct TrustedProxies: Sendable {
  private struct Network: Sendable {
    var base: [UInt8]
    var bits: Int

    func contains(_ address: IPAddress) -> Bool {
      guard address.bytes.count == base.count else { return false }
      for (index, (mine, other)) in zip(base, address.bytes).enumerated() {
        let left = bits - index * 8
        if left <= 0 { return true }
        let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
        if mine & mask != other & mask { return false }
      }
      return true
    }
  }

  private let networks: [Network]

  package static let none = TrustedProxies(networks: [])

  private init(networks: [Network]) { self.networks = networks }

  /// - Parameter list: addresses and networks (`10.0.0.0/8`), separated by commas.
  /// - Throws: `Configuration.Invalid`.
  package init(parsing list: String) throws {
    networks = try list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.map(Self.network)
  }

  private static func network(_ entry: String) throws -> Network {
    let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let address = parts.first.flatMap { IPAddress($0) }
    let most = (address?.bytes.count ?? 0) * 8
    let bits = parts.count == 2 ? Int(parts[1]) : most
    guard let address, let bits, (0...most).contains(bits) else {
      throw Configuration.Invalid(
        "ISSUEBRIDGE_TRUSTED_PROXIES: '\(entry)' must be an address or a network such as "
          + "10.0.0.0/8.")
    }
    return Network(base: address.bytes, bits: bits)
  }

  private func trusts(_ address: IPAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }

  /// The address of the client: the peer's, or the last one in the header fields that no trusted proxy
  /// has (RFC 7239, section 7.4).
  func client(of request: Request) -> String {
    var client = request.remoteAddress.host
    guard let peer = IPAddress(client), trusts(peer) else { return client }
    for hop in Self.hops(request.headerFields).reversed() {
      guard let address = IPAddress(hop) else { return client }
      client = hop
      if !trusts(address) { break }
    }
    return client
  }

  /// The addresses in the order in which the request passed them.
  private static func hops(_ fields: HTTPFields) -> [String] {
    if let forwarded = fields[named: "Forwarded"] {
      return forwarded.split(separator: ",").map { element in
        let pair = element.split(separator: ";").first {
          $0.trimmingCharacters(in: .whitespaces).lowercased().hasPrefix("for=")
        }
        return host(pair?.split(separator: "=", maxSplits: 1).last ?? "")
      }
    }
    return (fields[named: "X-Forwarded-For"] ?? "").split(separator: ",").map(host)
  }

  /// Without quotes, brackets and port.
  private static func host(_ text: Substring) -> String {
    let node = text.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    if node.hasPrefix("["), let end = node.firstIndex(of: "]") {
      return String(node[node.index(after: node.startIndex)..<end])
    }
    let parts = node.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[0]) : node
  }
}

extension HTTPFields {
  fileprivate subscript(named name: String) -> String? {
    HTTPField.Name(name).flatMap { self[$0] }
  }
}
