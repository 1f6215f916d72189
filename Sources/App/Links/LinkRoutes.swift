import HTTPServer
import HTTPTypes

struct LinkRoutes: Sendable {
  let store: LinkStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/links", .read, list)
    routes.on(.post, "/links", .write, create)
    routes.on(.get, "/links/{id}", .read, get)
    routes.on(.delete, "/links/{id}", .write, delete)
    routes.on(.patch, "/links/{id}", .write, update)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: LinkStore.sorts)
    let filters = LinkStore.Filters(
      sentryIssueID: try query.id("sentry_issue_id"), jiraIssueID: try query.id("jira_issue_id"),
      productID: try query.id("product_id"),
      state: try query.oneOf("state", LinkState.names))
    try query.finish()
    return .page(try await store.page(page, filters), of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let jiraIssueID = body.requiredID("jira_issue_id")
    let fields = LinkFields(
      sentryIssueID: body.requiredID("sentry_issue_id"), createdBy: call.principal.name,
      notes: body.text("creation_notes", 0...10_000, multiline: true),
      syncsSentryToJira: body.flag("sync_sentry_to_jira") ?? true,
      syncsJiraToSentry: body.flag("sync_jira_to_sentry") ?? true,
      initialSync: body.oneOf("initial_sync", InitialSync.allCases.map(\.rawValue))
        .flatMap(InitialSync.init))
    try body.finish()
    let id = try await store.insert(fields, jiraIssueID: jiraIssueID)
    return .json(try await json(id), status: .created, location: "/api/v1/links/\(id)")
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func delete(_ call: Call) async throws -> Response {
    let id = try call.id()
    guard try await store.delete(id, call.precondition) else {
      throw Problem.notFound("link \(id)")
    }
    return .noContent
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let change = LinkChange(
      syncsSentryToJira: body.flag("sync_sentry_to_jira"),
      syncsJiraToSentry: body.flag("sync_jira_to_sentry"),
      notes: body.text("creation_notes", 0...10_000, multiline: true), cleared: body.cleared)
    body.refuseClearing("sync_sentry_to_jira", "sync_jira_to_sentry")
    try body.finish()
    guard try await store.update(id, change, call.precondition) else {
      throw Problem.notFound("link \(id)")
    }
    return .json(try await json(id))
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await store.find(id) else { throw Problem.notFound("link \(id)") }
    return json
  }
}
