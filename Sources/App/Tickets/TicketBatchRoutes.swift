import HTTPServer
import HTTPTypes
import RESTClient

struct TicketBatchRoutes: Sendable {
  /// Most tickets in one request.
  static let largestBatch = 200

  let store: TicketBatchStore
  let links: LinkStore
  let jiraIssues: JiraIssueStore

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/jira-tickets", .write, create)
    routes.on(.get, "/ticket-batches/{id}", .read, get)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let raw = body
    let ids = body.ids("sentry_issue_ids", most: Self.largestBatch)
    if ids.isEmpty { body.refuse("sentry_issue_ids", "Give 1 to \(Self.largestBatch) ids.") }
    _ = TicketRequest(&body)
    try body.finish()
    var seen: Set<Int64> = []
    let id = try await store.insert(
      raw.object(without: "sentry_issue_ids").encoded(),
      sentryIssueIDs: ids.filter { seen.insert($0).inserted }, by: call.principal.name)
    return .json(try await json(id), status: .accepted, location: "/api/v1/ticket-batches/\(id)")
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let batch = try await store.find(id) else { throw Problem.notFound("ticket batch \(id)") }
    let results = try await store.results(id)
    let linkJSON = try await links.json(results.compactMap(\.linkID))
    let issueJSON = try await jiraIssues.json(results.compactMap(\.jiraIssueID))
    let null = Array("null".utf8)
    let items = results.map { result in
      Array(#"{"sentry_issue_id":\#(result.sentryIssueID),"link":"#.utf8)
        + (result.linkID.flatMap { linkJSON[$0] } ?? null) + Array(#","jira_issue":"#.utf8)
        + (result.jiraIssueID.flatMap { issueJSON[$0] } ?? null) + Array(#","problem":"#.utf8)
        + (result.problem.map { Array($0.utf8) } ?? null) + [UInt8(ascii: "}")]
    }
    return batch.dropLast() + Array(#","results":["#.utf8)
      + Array(items.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
  }
}
