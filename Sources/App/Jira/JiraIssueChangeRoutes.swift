import Foundation
import HTTPServer
import HTTPTypes
import JiraClient
import RESTClient

/// What a client may do to a Jira issue: every change reaches Jira first.
struct JiraIssueChangeRoutes: Sendable {
  let service: JiraIssueService

  func register(in routes: inout RouteTable) {
    routes.on(.patch, "/jira-issues/{id}", .write, update)
    routes.on(.get, "/jira-issues/{id}/transitions", .read, transitions)
    routes.on(.post, "/jira-issues/{id}/transitions", .write, transition)
    routes.on(.get, "/jira-issues/{id}/comments", .read, comments)
    routes.on(.post, "/jira-issues/{id}/comments", .write, comment)
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let change = JiraIssueChange(
      summary: body.text("summary", 1...254), priority: body.text("priority"),
      labels: body.labels("labels"), assigneeAccountID: body.text("assignee_account_id"),
      cleared: body.cleared)
    body.refuseClearing("summary", "priority", "labels")
    try body.finish()
    try await blaming(.ticket) { try await service.update(id, change, call.precondition) }
    return .json(try await json(id))
  }

  private func transitions(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let transitions = try await service.transitions(try call.id())
    return .json(.object(["data": .array(transitions.map(Self.json)), "next_cursor": .null]))
  }

  private func transition(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let transitionID = body.text("transition_id")
    let status = body.text("to_status")
    let fields = body.object("fields") ?? [:]
    if (transitionID == nil) == (status == nil) {
      body.refuse("to_status", "Give either to_status or transition_id.")
    }
    try body.finish()
    let wish = transitionID.map(TransitionWish.id) ?? .status(status ?? "")
    try await blaming(.transition) { try await service.transition(id, wish, fields: fields) }
    return .json(try await json(id))
  }

  private func comments(_ call: Call) async throws -> Response {
    var query = try call.query()
    let limit = try query.integer("limit", 1...100) ?? 50
    let offset = try query.integer("cursor", 0...1_000_000) ?? 0
    try query.finish()
    let page = try await service.comments(try call.id(), offset: offset, limit: limit)
    let next = offset + page.comments.count
    return .page(
      Page(
        data: JSONValue.array(page.comments.map(Self.json)).encoded(),
        nextCursor: next < page.total && !page.comments.isEmpty ? String(next) : nil),
      of: call.request)
  }

  private func comment(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let text = body.required("body", 1...30_000, multiline: true)
    try body.finish()
    let comment = try await blaming(.member("body")) { try await service.addComment(id, text) }
    return .json(Self.json(comment), status: .created)
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await service.issues.find(id) else {
      throw Problem.notFound("Jira issue \(id)")
    }
    return json
  }

  private static func json(_ transition: JiraTransition) -> JSONValue {
    .object([
      "id": .string(transition.id), "name": .string(transition.name),
      "to_status": .string(transition.to.name),
      "to_status_category": .string(transition.to.categoryKey),
      "fields": .array(
        transition.fields.values.sorted { $0.key < $1.key }.map(IssueTypeMetadata.json)),
    ])
  }

  private static func json(_ comment: JiraComment) -> JSONValue {
    .object([
      "id": .string(comment.id),
      "author": comment.author.map {
        .object([
          "account_id": JSONValue($0.accountID), "display_name": JSONValue($0.displayName),
        ])
      } ?? .null,
      "body": .string(comment.body?.plainText ?? ""),
      "created_at": JSONValue(
        comment.created?.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
    ])
  }
}
