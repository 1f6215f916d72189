/// A Jira Cloud site as services need it.
package struct JiraOrganization: Sendable {
  package var id: Int64
  package var name: String
  var baseURL: String
  /// Where people browse; nil until Jira was asked once.
  var siteURL: String?
  var username: String
  var apiTokenSealed: String?
  var syncEnabled: Bool
}

/// What a client may say of a Jira organization; nil is "not said".
struct JiraOrganizationFields: Sendable {
  var name: String?
  var baseURL: String?
  var username: String?
  var apiTokenSealed: String?
  var webhookSecretSealed: String?
  var syncEnabled: Bool?
  var syncIntervalMinutes: Int?
  /// Fields set to null.
  var cleared: [String] = []
}

/// The outcome of asking a vendor who we are.
enum ConnectionStatus: String, Sendable {
  case unknown, connected, failed, unauthorized
}
