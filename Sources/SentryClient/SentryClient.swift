package import RESTClient
import Synchronization

/// Sentry's REST API, as far as the service uses it. One for each organization.
/// Source: https://docs.sentry.io/api/
package final class SentryClient: Sendable {
  package let rest: RESTClient
  let organizationSlug: String
  /// Whether the token is a person's, which may do what the person may, and not an integration's.
  package let isPersonal: Bool
  private let knownPath = Mutex<SingleIssuePath?>(nil)

  /// Where a server was seen to have single issues.
  enum SingleIssuePath: Sendable { case organization, old }

  /// - Parameters:
  ///   - baseURL: of the organization's region, for example `https://de.sentry.io`.
  ///   - authToken: of an internal integration; a secret.
  package init(
    baseURL: String, organization: String, authToken: String, transport: any Transport,
    retry: RetryPolicy = RetryPolicy(),
    timeout: Duration = .seconds(30), observer: (any RESTObserver)? = nil
  ) throws {
    organizationSlug = organization
    isPersonal = authToken.hasPrefix("sntryu_")
    rest = RESTClient(
      baseURL: baseURL, authorization: "Bearer \(authToken)", transport: transport, retry: retry,
      timeout: timeout, observer: observer)
  }

  /// Whether single issues were met below `/api/0/issues/` only.
  package var knowsOnlyOldPath: Bool { singleIssuePath == .old }

  /// nil until one was found.
  var singleIssuePath: SingleIssuePath? {
    get { knownPath.withLock { $0 } }
    set { knownPath.withLock { $0 = newValue } }
  }

  /// A path below the organization. Trailing slashes matter.
  func path(_ rest: String) -> String {
    "/api/0/organizations/\(RESTClient.encoded(organizationSlug))/\(rest)"
  }

  package func organization() async throws -> SentryOrganizationInfo {
    let request = RESTClient.Request("GET", path(""), endpoint: "organization")
    return try await rest.decode(SentryOrganizationInfo.self, request)
  }
}

package struct SentryOrganizationInfo: Sendable, Decodable {
  /// Numeric, as text; nil where the server reports none.
  package var id: String?
  package var slug: String
  package var name: String
  /// The address of the region that has the data, for example `https://us.sentry.io`.
  package var regionURL: String?

  private enum CodingKeys: String, CodingKey { case id, slug, name, links }
  private struct Links: Decodable { var regionUrl: String? }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id)
    slug = try container.decode(String.self, forKey: .slug)
    name = container.lenientText(.name) ?? slug
    regionURL = container.optional(Links.self, .links)?.regionUrl
  }
}

/// What Sentry says of a token.
private struct TokenInfo: Decodable {
  struct Auth: Decodable { var scopes: [String] }
  var auth: Auth?
}

extension SentryClient {
  /// The token's scopes; nil where the server does not report them.
  package func tokenScopes() async throws -> Set<String>? {
    let request = RESTClient.Request("GET", "/api/0/", endpoint: "index")
    return try await rest.decode(TokenInfo.self, request).auth.map { Set($0.scopes) }
  }
}
