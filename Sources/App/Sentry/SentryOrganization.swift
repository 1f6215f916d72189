/// A Sentry organization as services need it.
package struct SentryOrganization: Sendable {
  package var id: Int64
  package var name: String
  var slug: String
  var baseURL: String
  var authTokenSealed: String?
  var syncEnabled: Bool
}

/// What a client may say of a Sentry organization; nil is "not said".
struct SentryOrganizationFields: Sendable {
  var name: String?
  var slug: String?
  var baseURL: String?
  var authTokenSealed: String?
  var clientSecretSealed: String?
  var syncEnabled: Bool?
  var syncIntervalMinutes: Int?
  /// Fields set to null.
  var cleared: [String] = []
}
