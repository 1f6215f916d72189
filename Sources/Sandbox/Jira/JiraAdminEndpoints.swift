import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What a person does in Jira's pages, and what a test does to the site. See docs/sandbox.md.
struct JiraAdminEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/sandbox", page)
    router.on(.get, "/browse/{key}", page)
    router.on(.get, "/sandbox/stats") { _ in .json(sandbox.stats.json) }
    router.on(.post, "/sandbox/stats/reset") { _ in
      sandbox.resetStats()
      return .noContent
    }
    router.on(.post, "/sandbox/faults") { request in
      sandbox.faults = SandboxFaults(json: try await request.json() ?? .null)
      return .noContent
    }
    router.on(.post, "/sandbox/issues/{key}/transition", transition)
    router.on(.post, "/sandbox/issues/{key}/move", move)
    router.on(.post, "/sandbox/issues/{key}/delete", delete)
    router.on(.post, "/sandbox/issues/{key}/edit", edit)
    router.on(.get, "/rest/webhooks/1.0/webhook", sandbox.authenticated(webhooks))
    router.on(.post, "/rest/webhooks/1.0/webhook", sandbox.authenticated(addWebhook))
    router.on(.delete, "/rest/webhooks/1.0/webhook/{id}", sandbox.authenticated(deleteWebhook))
  }

  private func find(_ request: Request) throws -> SandboxJiraIssue {
    try JiraIssueEndpoints.find(request, sandbox)
  }

  private func answer(_ id: Int64) -> Response {
    sandbox.state.withLock { state in
      guard let issue = state.issues[id] else { return .noContent }
      return .json(
        .object([
          "key": .string(issue.key), "status": .string(state.status(of: issue).name),
        ]))
    }
  }

  /// `{"to":"Done"}`: straight there, whatever the workflow says.
  private func transition(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let to = try await form(request, "to") ?? ""
    let status = sandbox.state.withLock { state in
      state.workflow(of: issue).statuses.first { $0.name.lowercased() == to.lowercased() }
    }
    guard let status else {
      let names = sandbox.state.withLock { $0.workflow(of: issue).statuses.map(\.name) }
      return JiraSandbox.refusal(["There is no status '\(to)'; there are \(names)."], status: 400)
    }
    sandbox.state.withLock { $0.transition(issue.id, to: status.id, resolution: nil) }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  /// `{"project":"APP"}`
  private func move(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let key = try await form(request, "project") ?? ""
    guard let project = sandbox.state.withLock({ $0.project(key) }) else {
      return JiraSandbox.refusal(["There is no project '\(key)'."], status: 400)
    }
    sandbox.state.withLock { $0.move(issue.id, to: project.id) }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  private func delete(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let hooks = sandbox.state.withLock { $0.webhooks }
    sandbox.send("jira:issue_deleted", issue, to: hooks)
    sandbox.state.withLock { $0.delete(issue.id) }
    return .noContent
  }

  /// `{"summary":"…"}`
  private func edit(_ request: Request) async throws -> Response {
    let issue = try find(request)
    guard let summary = try await form(request, "summary"), !summary.isEmpty else {
      return JiraSandbox.refusal(["Give a summary."], status: 400)
    }
    sandbox.state.withLock { $0.update(issue.id) { $0.summary = summary } }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  /// A value of a JSON body or of a form's.
  private func form(_ request: Request, _ name: String) async throws -> String? {
    let bytes = try await request.body.collect(upTo: 1 << 20)
    if let json = try? JSONValue(parsing: bytes) { return json[name]?.stringValue }
    return formValue(name, in: bytes)
  }

  private func webhooks(_ request: Request) async throws -> Response {
    let hooks = sandbox.state.withLock { $0.webhooks }
    return .json(.array(hooks.map(json)))
  }

  private func json(_ hook: SandboxJiraWebhook) -> JSONValue {
    .object([
      "name": .string("webhook \(hook.id)"), "url": .string(hook.url), "enabled": .bool(true),
      "events": .array(hook.events.map(JSONValue.string)),
      "isSigned": .bool(hook.secret != nil),
      "self": .string("\(sandbox.baseURL)/rest/webhooks/1.0/webhook/\(hook.id)"),
    ])
  }

  private func addWebhook(_ request: Request) async throws -> Response {
    guard let body = try await request.json(), let url = body["url"]?.stringValue else {
      return JiraSandbox.refusal(["A webhook needs a url."], status: 400)
    }
    let hook = sandbox.state.withLock { state in
      let hook = SandboxJiraWebhook(
        id: state.makeID(), url: url, secret: body["secret"]?.stringValue,
        events: (body["events"]?.arrayValue ?? []).compactMap(\.stringValue))
      state.webhooks.append(hook)
      return hook
    }
    return .json(json(hook), status: 201)
  }

  private func deleteWebhook(_ request: Request) async throws -> Response {
    let id = Int64(request.parameters["id"] ?? "")
    sandbox.state.withLock { $0.webhooks.removeAll { $0.id == id } }
    return .noContent
  }

  /// The newest tickets with a button for each status.
  private func page(_ request: Request) async throws -> Response {
    let wanted = request.parameters["key"]
    let rows = sandbox.state.withLock { state -> [String] in
      let issues =
        wanted.map { [state.issue($0)].compactMap(\.self) }
        ?? Array(state.issues.values.sorted { $0.updated > $1.updated }.prefix(100))
      return issues.map { issue in
        let buttons = state.workflow(of: issue).statuses.map { status in
          "<form method=post action=\"/sandbox/issues/\(issue.key)/transition\">"
            + "<button name=to value=\"\(escaped(status.name))\">\(escaped(status.name))</button></form>"
        }
        return "<tr><td><a href=\"/browse/\(issue.key)\">\(issue.key)</a><td>"
          + escaped(issue.summary) + "<td>\(escaped(state.status(of: issue).name))"
          + "<td>\(escaped(issue.labels.joined(separator: " ")))<td>\(buttons.joined())"
      }
    }
    return .html(
      sandboxPage("Jira sandbox", ["Key", "Summary", "Status", "Labels", "Move to"], rows))
  }
}
