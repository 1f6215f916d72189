import Synchronization

/// The one client of each organization of a vendor: link, sync and ticket services share it, and
/// with it its rate budget. A changed address or credential makes a new one.
package final class VendorClients<Client: Sendable>: Sendable {
  private struct Entry {
    var organization: Organization
    var client: Client
  }

  private let secrets: SecretBox
  private let budgets: VendorBudgetStore
  private let metrics: PrometheusMetrics
  private let make: @Sendable (Organization, _ token: String, VendorObserver) throws -> Client
  private let entries = Mutex<[Int64: Entry]>([:])

  init(
    secrets: SecretBox, budgets: VendorBudgetStore, metrics: PrometheusMetrics,
    make: @escaping @Sendable (Organization, _ token: String, VendorObserver) throws -> Client
  ) {
    self.secrets = secrets
    self.budgets = budgets
    self.metrics = metrics
    self.make = make
  }

  /// - Throws: a 422 when no token is stored.
  package func client(of organization: Organization) throws -> Client {
    if let client = entries.withLock({ Self.fitting($0[organization.id], organization) }) {
      return client
    }
    let vendor = organization.vendor
    guard let sealed = organization.tokenSealed else {
      throw Problem.invalid(
        "/\(vendor.tokenField)",
        "This \(vendor.title) organization has no \(vendor.tokenField); set one.")
    }
    let token = try secrets.open(sealed, place: vendor.place(of: vendor.tokenField))
    let client = try make(
      organization, token, VendorObserver(organization.source, budgets, metrics))
    entries.withLock { $0[organization.id] = Entry(organization: organization, client: client) }
    return client
  }

  private static func fitting(_ entry: Entry?, _ organization: Organization) -> Client? {
    guard let entry, entry.organization.baseURL == organization.baseURL,
      entry.organization.account == organization.account,
      entry.organization.tokenSealed == organization.tokenSealed
    else { return nil }
    return entry.client
  }
}
