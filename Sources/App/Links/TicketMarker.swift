import Cryptography
import RESTClient

/// What makes a ticket of ours findable in Jira without our database: a label, an issue property, and
/// the global id of its remote link. All of it follows from this installation, the Sentry issue and
/// the number of the ticket, so that a preview shows what will be sent.
struct TicketMarker: Sendable, Equatable {
  static let propertyKey = "issuebridge"
  /// Base32 characters of a label's digest, of 5 bits each. It tells apart the few tickets that carry
  /// such a label at a time; the property says the rest.
  private static let labelLength = 10

  let label: String
  let globalID: String
  let property: JSONValue

  /// - Parameters:
  ///   - installation: this installation's id.
  ///   - organization: the Sentry organization's host and slug.
  ///   - issue: Sentry's id of the issue.
  ///   - ordinal: of the ticket among the issue's; 0 is a link to a ticket that was there before.
  init(installation: String, organization: String, issue: Int64, ordinal: Int) {
    let digest = SHA256Digest.digest(
      of: "\(installation)\n\(organization)\n\(issue)\n\(ordinal)".utf8)
    let organizationDigest = SHA256Digest.hex(of: organization.utf8).prefix(8)
    label = "ib-" + Self.base32(digest).prefix(Self.labelLength)
    globalID = "issuebridge:\(installation):\(organizationDigest):\(issue):\(ordinal)"
    property = [
      "installation": .string(installation), "marker": .string(label),
      "sentry_organization": .string(organization), "sentry_issue": .string(String(issue)),
    ]
  }

  private static func base32(_ bytes: [UInt8]) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
    var text = ""
    var (buffer, bits) = (0, 0)
    for byte in bytes {
      buffer = (buffer << 8 | Int(byte)) & 0xFFFF
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[buffer >> bits & 31])
      }
    }
    return text
  }
}

extension Organization {
  /// A Sentry organization wherever its row is: host and slug.
  var sentryIdentity: String {
    let host = baseURL.split(separator: "/").dropFirst().first.map(String.init) ?? baseURL
    return "\(host.lowercased())/\(account?.lowercased() ?? "")"
  }
}

/// Whether a ticket carries our label.
enum TicketMarkerState: String, Sendable {
  /// It never did: a person made it, or its project has no labels.
  case none
  /// It may: Jira was sent it.
  case attached
  case removed
  /// Jira refused to remove it.
  case kept
}
