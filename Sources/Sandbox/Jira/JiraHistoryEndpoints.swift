import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// An issue's history.
struct JiraHistoryEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/rest/api/3/issue/{key}/changelog", sandbox.authenticated(changelog))
  }

  /// Oldest first.
  private func changelog(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let changes = sandbox.state.withLock { $0.changes[issue.id] ?? [] }
    return JiraPage.respond(changes.map(json), request, sandbox.baseURL, otherwise: 100)
  }

  private func json(_ change: SandboxJiraChange) -> JSONValue {
    [
      "id": .string(String(change.id)), "created": .string(SandboxTime.jira(change.created)),
      "author": sandbox.json.person(change.author),
      "items": .array(change.items.map(Self.json)),
    ]
  }

  /// Where nothing stood Jira writes null, though its document promises strings.
  private static func json(_ item: SandboxJiraChange.Item) -> JSONValue {
    var object: [String: JSONValue] = [
      "field": .string(item.field), "fieldtype": "jira", "from": JSONValue(item.from),
      "fromString": JSONValue(item.fromText), "to": JSONValue(item.to),
      "toString": JSONValue(item.toText),
    ]
    if let id = item.fieldID {
      object["fieldId"] = .string(id)
      if id.hasPrefix("customfield") { object["fieldtype"] = "custom" }
    }
    return .object(object)
  }
}
