import RESTClient

/// What a comparison of a link's two sides decided and did.
struct LinkSyncOutcome: Sendable {
  var cause = "sync requested"
  var decision: String
  var reason: String
  /// What was sent to the vendor, as JSON text; nil when nothing was.
  var request: String?
  var movedJira = false
  var movedSentry = false
  var agreedSentryStatus: String?
  var agreedJiraCategory: String?
  var error: String?
}

extension LinkSyncOutcome {
  var json: JSONValue {
    .object([
      "decision": .string(decision), "reason": .string(reason),
      "applied": .bool(movedJira || movedSentry),
      "sentry_status": JSONValue(agreedSentryStatus),
      "jira_status_category": JSONValue(agreedJiraCategory),
      "error": JSONValue(error),
    ])
  }
}
