import Foundation
import RESTClient

/// A webhook of the administration page.
struct SandboxJiraWebhook: Sendable {
  var id: Int64
  var url: String
  /// nil: unsigned.
  var secret: String?
  /// Empty is all.
  var events: [String]
}

/// The bodies of Jira's webhooks: the representation of REST v2, so texts are strings.
enum JiraWebhookBody {
  static func make(
    _ event: String, _ issue: SandboxJiraIssue, _ state: JiraState, _ json: JiraJSON
  ) -> JSONValue {
    var fields: [String: JSONValue] = [:]
    if case .object(let object)? = json.issue(issue, in: state, fields: ["*all"])["fields"] {
      fields = object
    }
    fields["description"] = .string("See the ticket.")
    return .object([
      "timestamp": JSONValue(Int(Date().timeIntervalSince1970 * 1000)),
      "webhookEvent": .string(event), "user": json.person(SandboxPerson.service),
      "issue": .object([
        "id": .string(String(issue.id)), "key": .string(issue.key),
        "self": .string("\(json.baseURL)/rest/api/2/\(issue.id)"), "fields": .object(fields),
      ]),
      "changelog": .object([
        "id": .string(String(issue.id)),
        "items": .array([
          .object([
            "field": .string("status"), "fieldId": .string("status"), "fieldtype": .string("jira"),
            "to": .string(issue.statusID),
            "toString": .string(state.status(of: issue).name),
          ])
        ]),
      ]),
    ])
  }
}
