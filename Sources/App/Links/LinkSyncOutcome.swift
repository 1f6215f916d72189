import RESTClient

/// What a comparison of a link's two sides decided and did.
struct LinkSyncOutcome: Sendable {
  /// Why the sides were compared.
  var cause: String
  var decision: String
  var reason: String
  /// What was sent to the vendor, as JSON text; nil when nothing was.
  var request: String?
  var movedJira = false
  var movedSentry = false
  /// What both sides are now; nil members stay as they were.
  var agreed = LinkAgreement()
  /// Whether the ticket was moved and not read since: its status is taken over with its next reading.
  var leavesJiraStatusOpen = false
  var error: String?

  /// Whether a side was moved.
  var hasMoved: Bool { movedJira || movedSentry }

  /// The values of the constraint `link_events_outcome_known`.
  var verdict: String {
    if error != nil { return "failed" }
    return hasMoved ? "applied" : "nothing"
  }
}

extension LinkSyncOutcome {
  var json: JSONValue {
    .object([
      "decision": .string(decision), "reason": .string(reason),
      "applied": .bool(hasMoved),
      "sentry_status": JSONValue(agreed.sentryStatus),
      "jira_status_category": JSONValue(agreed.jiraCategory),
      "error": JSONValue(error),
    ])
  }
}
