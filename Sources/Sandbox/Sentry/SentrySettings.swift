import RESTClient

/// What kind of server it is, and what its token may do.
struct SentrySettings: Sendable {
  /// Below which paths single issues are found.
  enum SingleIssues: String, Sendable {
    case both
    /// `/api/0/issues/{id}/` only, as in old look-alikes of Sentry.
    case old
    case none
  }

  static let allScopes: Set = [
    "org:read", "project:read", "team:read", "member:read", "event:read", "event:write",
    "event:admin",
  ]

  /// Days for which events are kept, and issues listed.
  var retentionDays = 90
  /// Whether `group=` is known; otherwise the whole list is the answer.
  var knowsGroups = true
  var singleIssues = SingleIssues.both
  var scopes = SentrySettings.allScopes

  /// Reads what `POST /sandbox/settings` says; what is not said is as usual.
  init(json: JSONValue = .null) {
    retentionDays = json["retention_days"]?.wholeNumber ?? retentionDays
    knowsGroups = json["knows_groups"] != .bool(false)
    singleIssues = json["single_issues"]?.stringValue.flatMap(SingleIssues.init) ?? .both
    for scope in json["lacking_scopes"]?.arrayValue ?? [] {
      if let name = scope.stringValue { scopes.remove(name) }
    }
  }
}
