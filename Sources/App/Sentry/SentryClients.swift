import RESTClient
package import SentryClient

package typealias SentryClients = VendorClients<SentryClient>

extension VendorClients where Client == SentryClient {
  convenience init(
    secrets: SecretBox, transport: any Transport, timeout: Duration, budgets: VendorBudgetStore,
    metrics: PrometheusMetrics
  ) {
    self.init(secrets: secrets, budgets: budgets, metrics: metrics) {
      try SentryClient(
        baseURL: $0.baseURL, organization: $0.account ?? "", authToken: $1,
        transport: transport, timeout: timeout, observer: $2)
    }
  }
}
