import Foundation
package import JiraClient
import RESTClient
import Synchronization

/// The one Jira client of each organization: link, sync and ticket services share it, and with it
/// its rate budget. A changed address or credential makes a new one.
package final class JiraClients: Sendable {
  private struct Entry {
    var organization: JiraOrganization
    var client: JiraClient
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

  /// - Throws: a 422 when no API token is stored.
  package func client(of organization: JiraOrganization) throws -> JiraClient {
    if let client = entries.withLock({ Self.fitting($0[organization.id], organization) }) {
      return client
    }
    guard let sealed = organization.apiTokenSealed else {
      throw Problem.invalid("/api_token", "This Jira organization has no API token; set one.")
    }
    let token = try secrets.open(sealed, place: Self.tokenPlace)
    let client = try JiraClient(
      site: JiraSite(
        baseURL: organization.baseURL, username: organization.username, apiToken: token),
      transport: transport, timeout: timeout,
      observer: VendorObserver(.jira(organization.id), budgets, metrics))
    entries.withLock { $0[organization.id] = Entry(organization: organization, client: client) }
    return client
  }

  static let tokenPlace = "jira_organizations.api_token"
  static let webhookSecretPlace = "jira_organizations.webhook_secret"

  private static func fitting(_ entry: Entry?, _ organization: JiraOrganization) -> JiraClient? {
    guard let entry, entry.organization.baseURL == organization.baseURL,
      entry.organization.username == organization.username,
      entry.organization.apiTokenSealed == organization.apiTokenSealed
    else { return nil }
    return entry.client
  }
}
