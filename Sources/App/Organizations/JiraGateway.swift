import Foundation
import RESTClient

/// Atlassian's gateway, where tokens with scopes and service accounts work, and the number of a site
/// there.
enum JiraGateway {
  static let origin = "https://api.atlassian.com"
  private static let path = "/ex/jira/"
  /// Longest answer that is read, in bytes.
  private static let maxBody = 4_096
  private static let timeout: Duration = .seconds(5)

  static func address(_ cloudID: String) -> String { origin + path + cloudID }

  /// - Returns: nil for an address that does not lead through the gateway.
  static func cloudID(of baseURL: String) -> String? {
    guard let address = WebAddress(baseURL), address.path.hasPrefix(path) else { return nil }
    let id = address.path.dropFirst(path.count)
    return isCloudID(id) ? String(id) : nil
  }

  static func isCloudID(_ text: Substring) -> Bool {
    (1...100).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "-") || (48...57).contains(byte) || (65...90).contains(byte)
          || (97...122).contains(byte)
      }
  }

  /// The site's number: of the address, or as the site itself reports it to anybody. No credentials
  /// are sent.
  ///
  /// - Returns: nil where nothing reports one.
  static func cloudID(of baseURL: String, _ transport: any Transport) async -> String? {
    if let id = cloudID(of: baseURL) { return id }
    let request = TransportRequest(
      method: "GET", url: baseURL + "/_edge/tenant_info",
      headerFields: [("Accept", "application/json"), ("User-Agent", "IssueBridge/1.0")],
      timeout: timeout, largestBody: maxBody)
    RequestTally.current?.note()
    guard let answer = try? await transport.send(request), answer.status == 200,
      let id = (try? JSONValue(parsing: answer.body))?["cloudId"]?.stringValue, isCloudID(id[...])
    else { return nil }
    return id
  }
}
