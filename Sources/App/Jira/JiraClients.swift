package import JiraClient
import RESTClient

package typealias JiraClients = VendorClients<JiraClient>

extension VendorClients where Client == JiraClient {
  convenience init(
    secrets: SecretBox, transport: any Transport, timeout: Duration, budgets: VendorBudgetStore,
    metrics: PrometheusMetrics
  ) {
    self.init(secrets: secrets, budgets: budgets, metrics: metrics) {
      try JiraClient(
        site: JiraSite(baseURL: $0.baseURL, username: $0.account, apiToken: $1),
        transport: transport, timeout: timeout, observer: $2)
    }
  }
}
