import Foundation
import RESTClient

/// The address of a vendor as people paste it. What can only be meant one way is put right, what needs
/// a decision is refused with the right address.
struct VendorAddress: Sendable {
  let vendor: Vendor
  let policy: VendorHostPolicy

  /// - Returns: the base address: scheme, host and port, for Jira with the gateway's path.
  /// - Throws: `Refusal`; `VendorHostPolicyError`.
  func read(_ text: String) throws -> String {
    guard let scheme = text.firstRange(of: "://") else { throw Refusal(withoutScheme(text)) }
    let rest = text[scheme.upperBound...]
    let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
    let origin = try check(String(text[..<end]))
    return try origin + path(String(rest[end...]), origin)
  }

  private func check(_ origin: String) throws -> String {
    do {
      return try policy.check(origin)
    } catch let error as VendorHostPolicyError where origin.lowercased() == "https://sentry.io" {
      throw Refusal(
        "\(error.description) Or use the address of the organization's region: https://us.sentry.io or "
          + "https://de.sentry.io.")
    }
  }

  struct Refusal: Error {
    let detail: String
    init(_ detail: String) { self.detail = detail }
  }

  private var example: String { ConnectionFault.example(vendor) }

  private func withoutScheme(_ text: String) -> String {
    let host = text.prefix { $0 != "/" }
    let isHost = host.contains(".") && !host.contains { $0.isWhitespace || $0 == "@" }
    return isHost
      ? "Must begin with https://: use https://\(shown(host)) (got \(shown(text)))."
      : "Must be a URL, \(example) (got \(shown(text)))."
  }

  /// - Parameter tail: everything behind the host.
  private func path(_ tail: String, _ origin: String) throws -> String {
    let path = tail.prefix { $0 != "?" && $0 != "#" }
    let parts = path.split(separator: "/")
    let isBare = parts.isEmpty && path.count == tail.count
    if vendor == .jira {
      if parts.starts(with: ["ex", "jira"]), parts.count >= 3 {
        return try gateway(parts, origin, isWhole: path.count == tail.count)
      }
      if origin == JiraGateway.origin {
        throw Refusal(
          "Must be \(JiraGateway.address("{cloudId}")) (got \(origin)\(shown(path))). "
            + "https://your-site.atlassian.net/_edge/tenant_info returns the site's cloudId.")
      }
    }
    guard !isBare else { return "" }
    let rule = vendor == .jira ? " Only /ex/jira/{cloudId} may follow the host." : ""
    throw Refusal(
      "Must be the address of the \(vendor == .jira ? "site" : "server") alone: use \(origin) (got "
        + "\(origin)\(shown(path))).\(rule)")
  }

  private func gateway(_ parts: [Substring], _ origin: String, isWhole: Bool) throws -> String {
    guard JiraGateway.isCloudID(parts[2]) else {
      throw Refusal(
        "Must hold the site's own cloudId (got \(shown(parts[2]))). "
          + "https://your-site.atlassian.net/_edge/tenant_info returns it.")
    }
    let path = "/ex/jira/\(parts[2])"
    guard parts.count == 3, isWhole else {
      throw Refusal("Must end behind the cloudId: use \(origin)\(path).")
    }
    return path
  }

  private func shown(_ text: some StringProtocol) -> String {
    let line = VendorWords.line(String(text.prefix(200)))
    return line.count < text.count ? line + "…" : line
  }
}

/// What people paste has blanks, quotes and invisible characters around it.
enum PastedText {
  private static let quotes: Set<Character> = [
    "\"", "'", "`", "“", "”", "„", "‘", "’", "«", "»", "<", ">",
  ]

  static func trimmed(_ text: String) -> String {
    var rest = text[...]
    func isAround(_ character: Character?) -> Bool {
      guard let character else { return false }
      return character.isWhitespace || quotes.contains(character)
        || VendorWords.line(String(character)).isEmpty
    }
    while isAround(rest.first) { rest.removeFirst() }
    while isAround(rest.last) { rest.removeLast() }
    return String(rest)
  }
}
