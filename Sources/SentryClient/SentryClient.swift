package import RESTClient
import Synchronization

/// Sentry's REST API, as far as the service uses it. One for each organization.
/// Source: https://docs.sentry.io/api/
package final class SentryClient: Sendable {
  package let rest: RESTClient
  let organizationSlug: String
  /// Whether the token is a person's, which may do what the person may, and not an integration's.
  package let isPersonal: Bool
  private let onlyOldPath = Mutex(false)

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
  var knowsOnlyOldPath: Bool {
    get { onlyOldPath.withLock { $0 } }
    set { onlyOldPath.withLock { $0 = newValue } }
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
  package var slug: String
  package var name: String
}
