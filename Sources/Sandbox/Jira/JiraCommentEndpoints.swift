import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Comments, and links between issues.
struct JiraCommentEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/issue/{key}/comment"
    router.on(.get, path, sandbox.authenticated(list))
    router.on(.post, path, sandbox.authenticated(add))
    router.on(.get, path + "/{id}", sandbox.authenticated(get))
    router.on(.put, path + "/{id}", sandbox.authenticated(update))
    router.on(.delete, path + "/{id}", sandbox.authenticated(delete))
    router.on(
      .get, "/rest/api/3/comment/{id}/properties/{property}", sandbox.authenticated(property))
    router.on(.post, "/rest/api/3/issueLink", sandbox.authenticated(relate))
  }

  /// Oldest first, or with `orderBy=-created` newest first.
  private func list(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    var all = sandbox.state.withLock { $0.comments[issue.id] ?? [] }
    if request.queryValue("orderBy") == "-created" { all.reverse() }
    let range = JiraPage.range(of: all.count, request, otherwise: 100, cap: 5000)
    let comments = all[min(range.start, range.end)..<range.end]
    return .json([
      "startAt": JSONValue(range.start), "maxResults": JSONValue(range.most),
      "total": JSONValue(all.count),
      "comments": .array(comments.map { sandbox.json.comment($0, of: issue.id) }),
    ])
  }

  /// A request's body, if Jira takes it.
  private static func text(_ body: JSONValue?) -> Result<JSONValue, JiraFieldErrors> {
    let body = body?["body"] ?? .null
    switch JiraDocumentCheck.refusal(of: body) {
    case nil: return .success(body)
    case .notADocument:
      return .failure(JiraFieldErrors(errors: ["comment": "Comment body is not valid!"]))
    case let refusal?: return .failure(refusal.errors(of: "comment"))
    }
  }

  private static func refusal(_ errors: JiraFieldErrors) -> Response {
    JiraSandbox.refusal(errors.messages, errors: errors.errors, status: 400)
  }

  /// `{"body":…,"properties":[{"key":…,"value":…}]}`; the properties are optional.
  private func add(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let body = try await request.json()
    let text: JSONValue
    switch Self.text(body) {
    case .success(let good): text = good
    case .failure(let errors): return Self.refusal(errors)
    }
    var properties: [String: JSONValue] = [:]
    for property in body?["properties"]?.arrayValue ?? [] {
      if let key = property["key"]?.stringValue { properties[key] = property["value"] ?? .null }
    }
    let comment = sandbox.state.withLock { [properties] state in
      let comment = state.comment(issue.id, text, by: SandboxPerson.service)
      state.commentProperties[comment.id] = properties
      return comment
    }
    sandbox.change("comment_created", issue.id)
    return .json(sandbox.json.comment(comment, of: issue.id), status: 201)
  }

  private func find(_ request: Request) throws -> (SandboxJiraIssue, Int, SandboxComment) {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let comments = sandbox.state.withLock { $0.comments[issue.id] ?? [] }
    let wanted = request.parameters["id"] ?? ""
    guard let index = comments.firstIndex(where: { String($0.id) == wanted }) else {
      throw HTTPError(.notFound, "Can not find a comment for the id: \(wanted).")
    }
    return (issue, index, comments[index])
  }

  private func get(_ request: Request) async throws -> Response {
    let (issue, _, comment) = try find(request)
    return .json(sandbox.json.comment(comment, of: issue.id))
  }

  private func property(_ request: Request) async throws -> Response {
    let id = request.parameters["id"].flatMap { Int64($0) } ?? 0
    let key = request.parameters["property"] ?? ""
    guard let value = sandbox.state.withLock({ $0.commentProperties[id]?[key] }) else {
      return JiraSandbox.refusal(["The property '\(key)' does not exist."], status: 404)
    }
    return .json(["key": .string(key), "value": value])
  }

  private func update(_ request: Request) async throws -> Response {
    var (issue, index, comment) = try find(request)
    switch Self.text(try await request.json()) {
    case .success(let text): comment.body = text
    case .failure(let errors): return Self.refusal(errors)
    }
    comment.updated = Date()
    sandbox.state.withLock { [comment] state in
      state.comments[issue.id]?[index] = comment
      state.update(issue.id) { _ in }
    }
    sandbox.change("comment_updated", issue.id)
    return .json(sandbox.json.comment(comment, of: issue.id))
  }

  private func delete(_ request: Request) async throws -> Response {
    let (issue, index, _) = try find(request)
    sandbox.state.withLock { state in
      _ = state.comments[issue.id]?.remove(at: index)
      state.update(issue.id) { _ in }
    }
    sandbox.change("comment_deleted", issue.id)
    return .noContent
  }

  /// Links two issues of the site. A link that exists already is not made twice, and answered alike.
  private func relate(_ request: Request) async throws -> Response {
    let body = try await request.json()
    let keys = ["inwardIssue", "outwardIssue"].compactMap { body?[$0]?["key"]?.stringValue }
    let isKnown = sandbox.state.withLock { state in
      let issues = keys.compactMap(state.issue)
      guard issues.count == 2 else { return false }
      let pair = (issues[0].id, issues[1].id)
      if !state.relations.contains(where: { $0 == pair }) { state.relations.append(pair) }
      return true
    }
    guard isKnown else {
      return JiraSandbox.refusal(["No issue with that key exists."], status: 404)
    }
    return Response(status: .created)
  }
}
