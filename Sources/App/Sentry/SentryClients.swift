import Foundation
import RESTClient
package import SentryClient
import Synchronization

/// The one Sentry client of each organization, and with it its rate budget. A changed address or
/// credential makes a new one.
package final class SentryClients: Sendable {
  private struct Entry {
    var organization: SentryOrganization
    var client: SentryClient
  }

  private let secrets: SecretBox
  private let transport: any Transport
  private let timeout: Duration
  private let budgets: VendorBudgetStore
  private let metrics: PrometheusMetrics
  private let entries = Mutex<[Int64: Entry]>([:])

  init(
    secrets: SecretBox, transport: any Transport, timeout: Duration, budgets: VendorBudgetStore,
    metrics: PrometheusMetrics
  ) {
    self.budgets = budgets
    self.metrics = metrics
    self.secrets = secrets
    self.timeout = timeout
    self.transport = transport
  }

  /// - Throws: a 422 when no token is stored.
  package func client(of organization: SentryOrganization) throws -> SentryClient {
    if let client = entries.withLock({ Self.fitting($0[organization.id], organization) }) {
      return client
    }
    guard let sealed = organization.authTokenSealed else {
      throw Problem.invalid("/auth_token", "This Sentry organization has no auth token; set one.")
    }
    let token = try secrets.open(sealed, place: Self.tokenPlace)
    let client = try SentryClient(
      baseURL: organization.baseURL, organization: organization.slug, authToken: token,
      transport: transport, timeout: timeout,
      observer: VendorObserver(.sentry(organization.id), budgets, metrics))
    entries.withLock { $0[organization.id] = Entry(organization: organization, client: client) }
    return client
  }

  static let tokenPlace = "sentry_organizations.auth_token"
  static let clientSecretPlace = "sentry_organizations.client_secret"

  private static func fitting(_ entry: Entry?, _ organization: SentryOrganization)
    -> SentryClient?
  {
    guard let entry, entry.organization.baseURL == organization.baseURL,
      entry.organization.slug == organization.slug,
      entry.organization.authTokenSealed == organization.authTokenSealed
    else { return nil }
    return entry.client
  }
}
