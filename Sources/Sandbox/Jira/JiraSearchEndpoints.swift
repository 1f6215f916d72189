import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Search, as it is since 2025: bounded, without a total, page by token.
struct JiraSearchEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let search = sandbox.authenticated(search)
    router.on(.get, "/rest/api/3/search/jql", search)
    router.on(.post, "/rest/api/3/search/jql", search)
    let removed = sandbox.authenticated { _ in
      JiraSandbox.refusal(
        [
          "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A "
            + "full migration guideline is available at "
            + "https://developer.atlassian.com/changelog/#CHANGE-2046"
        ], status: 410)
    }
    router.on(.get, "/rest/api/3/search", removed)
    router.on(.post, "/rest/api/3/search", removed)
    router.on(.post, "/rest/api/3/search/approximate-count", sandbox.authenticated(count))
    router.on(.post, "/rest/api/3/issue/bulkfetch", sandbox.authenticated(bulkFetch))
  }

  private struct Parameters {
    var jql = ""
    var fields: [String] = []
    var most = 50
    var token: String?
    var reconciled: [Int64] = []
  }

  private func parameters(_ request: Request) async throws -> Parameters? {
    var parameters = Parameters()
    if request.method == .get {
      parameters.jql = request.queryValue("jql") ?? ""
      parameters.fields = (request.queryValues["fields"] ?? []).flatMap {
        $0.split(separator: ",").map(String.init)
      }
      parameters.most = Int(request.queryValue("maxResults") ?? "") ?? 50
      parameters.token = request.queryValue("nextPageToken")
      return parameters
    }
    guard let body = try await request.json() else { return nil }
    parameters.jql = body["jql"]?.stringValue ?? ""
    parameters.fields = (body["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
    parameters.most = body["maxResults"]?.wholeNumber ?? 50
    parameters.token = body["nextPageToken"]?.stringValue
    parameters.reconciled = (body["reconcileIssues"]?.arrayValue ?? []).compactMap(\.wholeNumber)
      .map(Int64.init)
    return parameters
  }

  private func search(_ request: Request) async throws -> Response {
    guard let parameters = try await parameters(request) else {
      return JiraSandbox.refusal(["There was an error parsing JSON."], status: 400)
    }
    guard parameters.reconciled.count <= 50 else {
      return JiraSandbox.refusal(["reconcileIssues takes at most 50 ids."], status: 400)
    }
    // With ids alone a page may be large, with fields it holds at most 100.
    let cap = parameters.fields.isEmpty || parameters.fields == ["id"] ? 5000 : 100
    let most = min(max(parameters.most, 1), cap)
    let json = sandbox.json
    do {
      return try sandbox.state.withLock { state in
        let (ids, start) = try found(parameters, &state)
        let end = min(ids.count, start + most)
        let issues = start < end ? ids[start..<end].compactMap { state.issues[$0] } : []
        var answer: [String: JSONValue] = [
          "issues": .array(issues.map { json.issue($0, in: state, fields: parameters.fields) }),
          "isLast": .bool(end >= ids.count),
        ]
        if end < ids.count {
          let token = "\(UUID().uuidString)"
          state.searches[token] = Array(ids[end...])
          answer["nextPageToken"] = .string(token)
        }
        return .json(.object(answer))
      }
    } catch let error as JQLError {
      return JiraSandbox.refusal([error.message], status: 400)
    }
  }

  /// The ids that are left to page through, and where to begin in them.
  private func found(_ parameters: Parameters, _ state: inout JiraState) throws -> ([Int64], Int) {
    if let token = parameters.token {
      guard let ids = state.searches[token] else {
        throw JQLError(message: "The provided next page token is invalid or expired.")
      }
      return (ids, 0)
    }
    return (try Self.matching(parameters.jql, parameters.reconciled, state), 0)
  }

  static func matching(_ jql: String, _ reconciled: [Int64] = [], _ state: JiraState) throws
    -> [Int64]
  {
    let query = try JQLParser.parse(jql)
    guard let condition = query.condition else {
      throw JQLError(
        message: "Unbounded JQL queries are not allowed here. Please add a search restriction to "
          + "your query.")
    }
    let now = Date()
    let filter = JQLFilter(state: state, now: now, accountOffset: 1)
    try filter.check(condition)
    var matches = candidates(condition, state).compactMap { state.issues[$0] }.filter { issue in
      guard state.visibleAt[issue.id].map({ $0 <= now }) ?? true || reconciled.contains(issue.id)
      else { return false }
      return filter.matches(issue, condition)
    }
    for (field, descending) in query.order.reversed() {
      let before: (SandboxJiraIssue, SandboxJiraIssue) -> Bool =
        switch field {
        case "updated": { ($0.updated, $0.id) < ($1.updated, $1.id) }
        case "created": { ($0.created, $0.id) < ($1.created, $1.id) }
        default: { $0.id < $1.id }
        }
      matches.sort { descending ? before($1, $0) : before($0, $1) }
    }
    return matches.map(\.id)
  }

  /// The issues of the project that the condition demands, else all.
  private static func candidates(_ condition: JQLCondition, _ state: JiraState) -> [Int64] {
    var conditions = [condition]
    while let next = conditions.popLast() {
      switch next {
      case .and(let left, let right): conditions += [left, right]
      case .compare("project", "=", let values):
        if let project = values.first.flatMap(state.project) { return project.issues }
      default: break
      }
    }
    return state.issues.keys.sorted()
  }

  private func count(_ request: Request) async throws -> Response {
    let jql = try await request.json()?["jql"]?.stringValue ?? ""
    do {
      let count = try sandbox.state.withLock { try Self.matching(jql, [], $0).count }
      return .json(.object(["count": JSONValue(count)]))
    } catch let error as JQLError {
      return JiraSandbox.refusal([error.message], status: 400)
    }
  }

  private func bulkFetch(_ request: Request) async throws -> Response {
    let body = try await request.json()
    let ids = (body?["issueIdsOrKeys"]?.arrayValue ?? []).compactMap(\.stringValue)
    let fields = (body?["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard (1...100).contains(ids.count) else {
      return JiraSandbox.refusal(["Between 1 and 100 issues can be fetched at once."], status: 400)
    }
    let json = sandbox.json
    return sandbox.state.withLock { state in
      let found = ids.compactMap { state.issue($0) }
      return .json(
        .object([
          "issues": .array(found.map { json.issue($0, in: state, fields: fields) }),
          "issueErrors": .array([]),
        ]))
    }
  }
}
