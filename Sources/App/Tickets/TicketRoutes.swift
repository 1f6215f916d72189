import HTTPServer
import RESTClient
import HTTPTypes

struct TicketRoutes: Sendable {
  let service: TicketService
  let links: LinkStore
  let jiraIssues: JiraIssueStore

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/sentry-issues/{id}/jira-ticket-preview", .read, preview)
    routes.on(.post, "/sentry-issues/{id}/jira-tickets", .write, create)
  }

  private func preview(_ call: Call) async throws -> Response {
    let id = try call.id()
    let request = try await Self.read(call)
    return .json(try await service.preview(sentryIssue: id, request))
  }

  private func create(_ call: Call) async throws -> Response {
    let id = try call.id()
    let request = try await Self.read(call)
    let linkID = try await blaming(.ticket) {
      try await service.createTicket(sentryIssue: id, request, by: call.principal.name)
    }
    let link = try await links.link(linkID)
    guard let linkJSON = try await links.find(linkID) else {
      throw Problem.notFound("link \(linkID)")
    }
    // Jira may have created the ticket and not show it; the link says so.
    var issueJSON = Array("null".utf8)
    if let id = link.jiraIssueID, let found = try await jiraIssues.find(id) { issueJSON = found }
    let body =
      Array(#"{"link":"#.utf8) + linkJSON + Array(#","jira_issue":"#.utf8) + issueJSON
      + Array("}".utf8)
    return .json(body, status: .created, location: "/api/v1/links/\(linkID)")
  }

  private static func read(_ call: Call) async throws -> TicketRequest {
    var body = try await call.fields()
    let request = TicketRequest(&body)
    try body.finish()
    return request
  }
}

extension TicketRequest {
  /// Fields that the service sets itself.
  private static let ours = ["project", "issuetype", "summary", "description", "labels"]

  /// Reads a request's body; what is wrong with it is noted there.
  init(_ body: inout BodyFields) {
    self.init(
      jiraProjectID: body.requiredID("jira_project_id"), issueType: body.text("issue_type"),
      priority: body.text("priority"), assigneeAccountID: body.text("assignee_account_id"),
      labels: body.texts("labels", most: 50) ?? [], summary: body.text("summary", 1...254),
      notes: body.text("notes", 0...20_000, multiline: true), fields: body.object("fields") ?? [:],
      allowsDuplicate: body.flag("allow_duplicate") ?? false,
      includesContact: body.flag("include_contact") ?? false,
      syncsSentryToJira: body.flag("sync_sentry_to_jira") ?? true,
      syncsJiraToSentry: body.flag("sync_jira_to_sentry") ?? true)
    for key in fields.keys.sorted() where Self.ours.contains(key) {
      body.refuse("fields/\(key)", "IssueBridge sets this field itself.")
    }
  }
}
