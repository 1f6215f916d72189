import Foundation
package import RESTClient

/// A Jira Cloud site and the account that asks.
package struct JiraSite: Sendable {
  /// Without a trailing slash: the site, or `https://api.atlassian.com/ex/jira/{cloudId}` for a
  /// token with scopes.
  package var baseURL: String
  /// The account's e-mail address; nil for a service account, whose token goes alone.
  package var username: String?
  /// A secret; nil asks as a stranger.
  package var apiToken: String?

  package init(baseURL: String, username: String?, apiToken: String?) {
    self.baseURL = baseURL
    self.username = username
    self.apiToken = apiToken
  }

  /// The value of the header field; nil without credentials.
  var authorization: String? {
    guard let apiToken else { return nil }
    guard let username else { return "Bearer \(apiToken)" }
    return "Basic " + base64(Array("\(username):\(apiToken)".utf8))
  }
}

/// Jira Cloud's REST API v3, as far as the service uses it. One for each organization.
/// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/
package final class JiraClient: Sendable {
  package let rest: RESTClient

  package init(
    site: JiraSite, transport: any Transport, retry: RetryPolicy = RetryPolicy(),
    timeout: Duration = .seconds(30), observer: (any RESTObserver)? = nil
  ) throws {
    rest = RESTClient(
      baseURL: site.baseURL, authorization: site.authorization, transport: transport, retry: retry,
      timeout: timeout, observer: observer, loginReason: Self.loginReason)
  }

  /// Jira's login filter, Seraph, says on every answer how the login ended. With an expired or revoked token the
  /// answer is that for an anonymous visitor, mostly with 200 and nothing in it.
  private static func loginReason(_ response: TransportResponse) -> RESTError.LoginReason? {
    let reasons = (response.headerFields["x-seraph-loginreason"] ?? "").split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces).uppercased() }
    return reasons.first { !$0.isEmpty && $0 != "OK" }.map { RESTError.LoginReason($0) }
  }

  /// The account behind the token. A bad token can still give 200 on public data elsewhere; here it
  /// cannot.
  package func myself() async throws -> JiraAccount {
    let request = RESTClient.Request("GET", "/rest/api/3/myself", endpoint: "myself")
    return try await rest.decode(JiraAccount.self, request)
  }

  package func serverInfo() async throws -> JiraServerInfo {
    let request = RESTClient.Request("GET", "/rest/api/3/serverInfo", endpoint: "serverInfo")
    return try await rest.decode(JiraServerInfo.self, request)
  }
}

/// A person, as far as Jira shows one: e-mail addresses are usually hidden.
package struct JiraAccount: Sendable, Decodable {
  package var accountID: String
  package var displayName: String

  private enum CodingKeys: String, CodingKey {
    case accountID = "accountId"
    case displayName
  }

  init(accountID: String, displayName: String) {
    self.accountID = accountID
    self.displayName = displayName
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    accountID = try container.decode(String.self, forKey: .accountID)
    displayName = container.lenientText(.displayName) ?? accountID
  }
}

package struct JiraServerInfo: Sendable, Decodable {
  /// Where people browse the site.
  package var baseURL: String
  package var version: String?
  package var deploymentType: String?

  private enum CodingKeys: String, CodingKey {
    case baseURL = "baseUrl"
    case version, deploymentType
  }
}
