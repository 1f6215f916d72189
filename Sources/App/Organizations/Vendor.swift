/// Whose organization it is, and the names its fields have there.
package enum Vendor: String, Sendable, CaseIterable {
  case jira, sentry

  package var title: String { self == .jira ? "Jira" : "Sentry" }

  /// What, beside the address, says whose token it is: a Jira user's e-mail address, the slug of a
  /// Sentry organization.
  var accountField: String { self == .jira ? "username" : "slug" }
  var tokenField: String { self == .jira ? "api_token" : "auth_token" }
  /// What webhooks are signed with: made up by a person for Jira, by Sentry itself for Sentry.
  var secretField: String { self == .jira ? "webhook_secret" : "client_secret" }

  /// The table of its organizations.
  var table: String { rawValue + "_organizations" }

  /// What a field's secret is sealed for; it opens at no other place.
  func place(of field: String) -> String { "\(table).\(field)" }
}
