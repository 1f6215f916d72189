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
    var properties: [String] = []
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
    parameters.properties = (body["properties"]?.arrayValue ?? []).compactMap(\.stringValue)
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
    guard parameters.properties.count <= 5 else {
      return JiraSandbox.refusal(["properties takes at most 5 keys."], status: 400)
    }
    // With ids alone a page may be large, with fields it holds at most 100.
    let cap = parameters.fields.isEmpty || parameters.fields == ["id"] ? 5000 : 100
    let most = min(max(parameters.most, 1), cap)
    let json = sandbox.json
    do {
      return try sandbox.state.withLock { state in
        let (name, ids, start) = try found(parameters, &state)
        var end = min(ids.count, start + most)
        if parameters.token != nil, sandbox.server.happens(\.emptyPage) { end = start }
        let issues = ids[start..<end].compactMap { state.issues[$0] }
        if cap == 100, Self.isTooLarge(issues, state.access) { return Self.tooLarge }
        var page = JiraPageWriter(
          json, state, fields: parameters.fields, properties: parameters.properties)
        page.write(#"{"issues":["#)
        for (index, issue) in issues.enumerated() {
          if index > 0 { page.write(",") }
          page.write(issue)
        }
        state.projectFragments = page.projects
        let isLost = state.access.losesPageToken && end < ids.count
        page.write(
          isLost
            ? #"],"isLast":false"#
            : end < ids.count ? #"],"isLast":false,"nextPageToken":"# : #"],"isLast":true"#)
        if end < ids.count, !isLost {
          state.searches[name] = ids
          let next = sandbox.server.happens(\.repeatedPage) ? start : end
          page.write(json: .string("\(name):\(next)"))
        }
        page.write("}")
        return Response(
          headerFields: [.contentType: "application/json;charset=UTF-8"], body: .bytes(page.bytes))
      }
    } catch let error as JQLError {
      return JiraSandbox.refusal([error.message], status: 400)
    }
  }

  private static func isTooLarge(_ issues: [SandboxJiraIssue], _ access: JiraAccess) -> Bool {
    access.maxPageIssues.map { issues.count > $0 } ?? false
      || issues.contains { access.oversizedIssues.contains($0.id) }
  }

  private static let tooLarge = JiraSandbox.refusal(
    ["The response is too large. Request fewer issues."], status: 413)

  /// The search's name, all its ids, and where to begin in them.
  private func found(_ parameters: Parameters, _ state: inout JiraState) throws
    -> (String, [Int64], Int)
  {
    guard let token = parameters.token else {
      return (
        UUID().uuidString, try Self.matching(parameters.jql, parameters.reconciled, &state), 0
      )
    }
    let parts = token.split(separator: ":")
    guard parts.count == 2, let ids = state.searches[String(parts[0])], let start = Int(parts[1]),
      (0...ids.count).contains(start), !sandbox.server.happens(\.expiredToken)
    else { throw JQLError(message: "The provided next page token is invalid or expired.") }
    return (String(parts[0]), ids, start)
  }

  static func matching(_ jql: String, _ reconciled: [Int64] = [], _ state: inout JiraState) throws
    -> [Int64]
  {
    let query = try JQLParser.parse(jql)
    guard let condition = query.condition else {
      throw JQLError(
        message: "Unbounded JQL queries are not allowed here. Please add a search restriction to "
          + "your query.")
    }
    let now = Date()
    var filter = JQLFilter(state: state, now: now, accountOffset: 1)
    try filter.check(condition)
    filter.rememberDates(of: condition)
    let updated = filter.oldestUpdate(of: condition).map { state.updates.ids(since: $0) }
    var (ids, rest) = candidates(condition, among: updated, state)
    if !state.access.isTrivial {
      ids.removeAll { id in
        state.issues[id].map {
          !state.shows($0) || state.access.archivedProjects.contains($0.projectID)
        }
          ?? true
      }
    }
    if !state.visibleAt.isEmpty {
      ids.removeAll { id in
        state.visibleAt[id].map { $0 > now && !reconciled.contains(id) } ?? false
      }
    }
    ids.removeAll { state.issues[$0]?.isHidden ?? true }
    if rest.isEmpty, query.order.isEmpty { return ids }
    var matches = ids.compactMap { state.issues[$0] }.filter { issue in
      rest.allSatisfy { filter.matches(issue, $0) }
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

  /// The issues of the projects that the condition demands, else all, and what else it demands.
  ///
  /// - Parameter some: none but these can match; nil: all can.
  private static func candidates(
    _ condition: JQLCondition, among some: Set<Int64>?, _ state: JiraState
  ) -> ([Int64], [JQLCondition]) {
    var conditions = [condition]
    var rest: [JQLCondition] = []
    var projects: [SandboxJiraProject]?
    while let next = conditions.popLast() {
      switch next {
      case .and(let left, let right): conditions += [left, right]
      case .compare("project", "=", let values) where projects == nil,
        .compare("project", "in", let values) where projects == nil:
        projects = values.compactMap(state.project)
      default: rest.append(next)
      }
    }
    guard let some else {
      return (projects.map { $0.flatMap(\.issues) } ?? state.issues.keys.sorted(), rest)
    }
    let places = projects.map { Set($0.map(\.id)) }
    let ids = some.filter { id in
      guard let issue = state.issues[id] else { return false }
      return places?.contains(issue.projectID) ?? true
    }
    return (ids.sorted(), rest)
  }

  private func count(_ request: Request) async throws -> Response {
    let jql = try await request.json()?["jql"]?.stringValue ?? ""
    do {
      let count = try sandbox.state.withLock { try Self.matching(jql, [], &$0).count }
      return .json(.object(["count": JSONValue(count)]))
    } catch let error as JQLError {
      return JiraSandbox.refusal([error.message], status: 400)
    }
  }

  private func bulkFetch(_ request: Request) async throws -> Response {
    let body = try await request.json()
    let ids = (body?["issueIdsOrKeys"]?.arrayValue ?? []).compactMap(\.stringValue)
    let fields = (body?["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
    let properties = (body?["properties"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard (1...100).contains(ids.count) else {
      return JiraSandbox.refusal(["Between 1 and 100 issues can be fetched at once."], status: 400)
    }
    let json = sandbox.json
    return sandbox.state.withLock { state in
      var found = Dictionary(ids.compactMap { state.issue($0) }.map { ($0.id, $0) }) { $1 }.values
        .sorted { $0.id < $1.id }
      if Self.isTooLarge(found, state.access) { return Self.tooLarge }
      let failing = found.filter { state.access.unavailableIssues[$0.id, default: 0] > 0 }
      for issue in failing { state.access.unavailableIssues[issue.id, default: 1] -= 1 }
      found.removeAll { issue in failing.contains { $0.id == issue.id } }
      var page = JiraPageWriter(json, state, fields: fields, properties: properties)
      page.write(#"{"issues":["#)
      for (index, issue) in found.enumerated() {
        if index > 0 { page.write(",") }
        page.write(state.read(issue))
      }
      page.write(#"],"issueErrors":"#)
      page.write(
        json: .array(
          failing.map {
            [
              "id": .string(String($0.id)),
              "errorMessage": "The issue could not be loaded because of a payload constraint.",
            ]
          }))
      page.write("}")
      return Response(
        headerFields: [.contentType: "application/json;charset=UTF-8"], body: .bytes(page.bytes))
    }
  }
}
