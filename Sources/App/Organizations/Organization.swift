import SentryClient

/// A Jira Cloud site or a Sentry organization as services need it.
package struct Organization: Sendable {
  var vendor: Vendor
  package var id: Int64
  package var name: String
  var baseURL: String
  /// See `Vendor.accountField`; nil for a service account of Jira.
  var account: String?
  var tokenSealed: String?
  /// See `SiteIdentity.id`.
  var siteID: String?
  /// Where people browse the site, as it reports it.
  var siteURL: String?
  /// Of Sentry: how far back issues are imported.
  var historyDays = SentryClient.defaultHistoryDays

  package var source: SyncSource { vendor == .jira ? .jira(id) : .sentry(id) }
}

/// What a client may say of an organization; nil is "not said".
struct OrganizationFields: Sendable {
  var name: String?
  var baseURL: String?
  var account: String?
  var tokenSealed: String?
  var secretSealed: String?
  var syncEnabled: Bool?
  var syncIntervalMinutes: Int?
  var linkDiscovery: String?
  /// Of Sentry only.
  var historyDays: Int?
  /// Fields set to null.
  var cleared: [String] = []
  /// Of a new address: what is known of the site there.
  var site: SiteIdentity?

  var isAccountCleared: Bool { cleared.contains(Vendor.jira.accountField) }
}

/// The outcome of asking a vendor who we are.
enum ConnectionStatus: String, Sendable {
  case unknown, connected, failed, unauthorized
}
