import RESTClient

/// What a client wants changed of a Jira issue; nil is "not said".
struct JiraIssueChange: Sendable {
  var summary: String?
  var priority: String?
  var labels: [String]?
  var assigneeAccountID: String?
  /// Fields set to null.
  var cleared: [String] = []

  /// The `fields` object of Jira's edit request.
  var fields: [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    fields["summary"] = summary.map(JSONValue.string)
    fields["priority"] = priority.map { .object(["name": .string($0)]) }
    fields["labels"] = labels.map { .array($0.map(JSONValue.string)) }
    fields["assignee"] = assigneeAccountID.map { .object(["accountId": .string($0)]) }
    if cleared.contains("assignee_account_id") { fields["assignee"] = .null }
    return fields
  }
}

/// Which transition a client asks for.
enum TransitionWish: Sendable {
  case id(String)
  /// To the status with this name or id.
  case status(String)
}
