import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// An issue's history.
struct JiraHistoryEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/rest/api/3/issue/{key}/changelog", sandbox.authenticated(changelog))
    router.on(.post, "/rest/api/3/changelog/bulkfetch", sandbox.authenticated(bulkfetch))
  }

  private static let maxIssues = 1_000
  private static let maxFields = 10
  private static let maxPage = 10_000

  /// The changes of many issues, oldest first, each with its issue. Issues that are not there are left
  /// out.
  private func bulkfetch(_ request: Request) async throws -> Response {
    let body = try await request.json() ?? .null
    let keys = (body["issueIdsOrKeys"]?.arrayValue ?? []).compactMap {
      $0.stringValue ?? $0.wholeNumber.map(String.init)
    }
    let fields = (body["fieldIds"]?.arrayValue ?? []).compactMap(\.stringValue)
    let most = body["maxResults"].map { $0.wholeNumber ?? 0 } ?? 1_000
    let token = body["nextPageToken"]?.stringValue
    let start = token.map { Int($0) ?? -1 } ?? 0
    let complaints = [
      (1...Self.maxIssues).contains(keys.count)
        ? nil : "The number of issue IDs or keys must be between 1 and \(Self.maxIssues).",
      fields.count <= Self.maxFields ? nil : "At most \(Self.maxFields) field IDs are allowed.",
      (1...Self.maxPage).contains(most) ? nil : "maxResults must be between 1 and \(Self.maxPage).",
      start >= 0 ? nil : "The nextPageToken is invalid.",
    ].compactMap(\.self)
    guard complaints.isEmpty else { return JiraSandbox.refusal(complaints, status: 400) }
    let found = sandbox.state.withLock { state -> [(issue: Int64, change: SandboxJiraChange)] in
      Set(keys.compactMap { state.issue($0)?.id }).flatMap { id in
        (state.changes[id] ?? []).map { (issue: id, change: $0) }
      }
    }
    let changes = found.compactMap { issue, change -> (issue: Int64, change: SandboxJiraChange)? in
      var change = change
      if !fields.isEmpty {
        change.items.removeAll { !fields.contains($0.fieldID ?? $0.field) }
      }
      return change.items.isEmpty ? nil : (issue, change)
    }
    .sorted {
      ($0.change.created, $0.issue, $0.change.id) < ($1.change.created, $1.issue, $1.change.id)
    }
    return .json(page(changes.dropFirst(start).prefix(most), next: start + most, of: changes.count))
  }

  /// Neighbours of the same issue come together.
  private func page(
    _ changes: ArraySlice<(issue: Int64, change: SandboxJiraChange)>, next: Int, of count: Int
  ) -> JSONValue {
    var logs: [(issue: Int64, histories: [JSONValue])] = []
    for (issue, change) in changes {
      if logs.last?.issue != issue { logs.append((issue, [])) }
      logs[logs.count - 1].histories.append(Self.json(change, sandbox.json))
    }
    var object: [String: JSONValue] = [
      "issueChangeLogs": .array(
        logs.map {
          ["issueId": .string(String($0.issue)), "changeHistories": .array($0.histories)]
        })
    ]
    if next < count { object["nextPageToken"] = .string(String(next)) }
    return .object(object)
  }

  /// Oldest first.
  private func changelog(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let changes = sandbox.state.withLock { $0.changes[issue.id] ?? [] }
    let json = sandbox.json
    return JiraPage.respond(
      changes.map { Self.json($0, json) }, request, sandbox.baseURL, otherwise: 100)
  }

  /// As an issue carries it when `changelog` is expanded: newest first, at most a hundred.
  static func recent(_ changes: [SandboxJiraChange], _ json: JiraJSON) -> JSONValue {
    let shown = changes.reversed().prefix(100).map { Self.json($0, json) }
    return [
      "startAt": 0, "maxResults": JSONValue(shown.count), "total": JSONValue(changes.count),
      "histories": .array(Array(shown)),
    ]
  }

  private static func json(_ change: SandboxJiraChange, _ json: JiraJSON) -> JSONValue {
    [
      "id": .string(String(change.id)), "created": .string(SandboxTime.jira(change.created)),
      "author": json.person(change.author),
      "items": .array(change.items.map { Self.json($0) }),
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
