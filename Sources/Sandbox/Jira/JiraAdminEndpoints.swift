import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What a person does in Jira's pages, and what a test does to the site. See docs/sandbox.md.
struct JiraAdminEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/sandbox/stats") { _ in .json(sandbox.stats.json) }
    router.on(.post, "/sandbox/stats/reset") { _ in
      sandbox.resetStats()
      return .noContent
    }
    router.on(.post, "/sandbox/webhook-chaos") { request in
      sandbox.webhooks.chaos = WebhookChaos(json: try await request.json() ?? .null)
      return .noContent
    }
    router.on(.post, "/sandbox/faults") { request in
      sandbox.faults = SandboxFaults(json: try await request.json() ?? .null)
      return .noContent
    }
    router.on(.post, "/sandbox/read-lag") { request in
      sandbox.readLag = Double(try await request.json()?["milliseconds"]?.wholeNumber ?? 0) / 1000
      return .noContent
    }
    router.on(.post, "/sandbox/issues/{key}/transition", transition)
    router.on(.post, "/sandbox/issues/{key}/move", move)
    router.on(.post, "/sandbox/issues/{key}/clone", clone)
    router.on(.post, "/sandbox/issues/{key}/delete", delete)
    router.on(.post, "/sandbox/issues/{key}/edit", edit)
    router.on(.post, "/sandbox/issues/{key}/assign", assign)
    router.on(.post, "/sandbox/issues/{key}/comment", comment)
    router.on(.post, "/sandbox/issues", raise)
    router.on(.post, "/sandbox/projects/{key}/workflow", setWorkflow)
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
    let to = try await form(request, "to")[0] ?? ""
    let status = sandbox.state.withLock { state in
      state.workflow(of: issue).statuses.first { $0.name.lowercased() == to.lowercased() }
    }
    guard let status else {
      let names = sandbox.state.withLock { $0.workflow(of: issue).statuses.map(\.name) }
      return JiraSandbox.refusal(["There is no status '\(to)'; there are \(names)."], status: 400)
    }
    sandbox.state.withLock {
      $0.transition(issue.id, to: status.id, resolution: nil, by: SandboxPerson.person)
    }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  /// `{"project":"APP"}`
  private func move(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let key = try await form(request, "project")[0] ?? ""
    guard let project = sandbox.state.withLock({ $0.project(key) }) else {
      return JiraSandbox.refusal(["There is no project '\(key)'."], status: 400)
    }
    sandbox.state.withLock {
      $0.move(issue.id, to: project.id, by: SandboxPerson.person)
    }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  /// Jira's own Clone: everything a person typed is copied, labels and description included; comments
  /// and properties are not, web links only with `{"links":"true"}`.
  private func clone(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let withLinks = try await form(request, "links")[0] == "true"
    let id = sandbox.state.withLock { $0.clone(issue.id, withLinks: withLinks) }
    sandbox.change("jira:issue_created", id)
    return answer(id)
  }

  private func delete(_ request: Request) async throws -> Response {
    let issue = try find(request)
    sandbox.delete(issue)
    return .noContent
  }

  /// `{"summary":"…"}`, and `labels`, `description` (plain text) and `priority` by their names.
  private func edit(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let given = try await form(request, "summary", "priority", "labels", "description")
    var fields: [String: JSONValue] = [:]
    fields["summary"] = given[0].map(JSONValue.string)
    fields["priority"] = given[1].map { ["name": .string($0)] }
    fields["labels"] = given[2].map { labels in
      .array(labels.split(separator: " ").map { .string(String($0)) })
    }
    fields["description"] = given[3].map(JiraText.document)
    guard !fields.isEmpty else {
      return JiraSandbox.refusal(
        ["Give a summary, a description, a priority or labels."], status: 400)
    }
    return try apply(fields, issue)
  }

  /// `{"to":"Tomás"}`: a person's name or a part of it; nobody when empty.
  private func assign(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let name = try await form(request, "to")[0] ?? ""
    let person = SandboxPerson.all.first { !name.isEmpty && $0.displayName.contains(name) }
    guard name.isEmpty || person != nil else {
      return JiraSandbox.refusal(["There is nobody called '\(name)'."], status: 400)
    }
    return try apply(["assignee": ["accountId": JSONValue(person?.accountID)]], issue)
  }

  private func apply(_ fields: [String: JSONValue], _ issue: SandboxJiraIssue) throws -> Response {
    let errors = sandbox.state.withLock { state -> JiraFieldErrors? in
      do throws(JiraFieldErrors) {
        try JiraFields.apply(fields, to: issue.id, in: &state, by: SandboxPerson.person)
        return nil
      } catch {
        return error
      }
    }
    if let errors { return JiraSandbox.refusal([], errors: errors.errors, status: 400) }
    sandbox.change("jira:issue_updated", issue.id)
    return answer(issue.id)
  }

  /// `{"text":"…"}`
  private func comment(_ request: Request) async throws -> Response {
    let issue = try find(request)
    guard let text = try await form(request, "text")[0], !text.isEmpty else {
      return JiraSandbox.refusal(["Give a text."], status: 400)
    }
    _ = sandbox.state.withLock {
      $0.comment(issue.id, JiraText.document(text), by: SandboxPerson.person)
    }
    sandbox.change("comment_created", issue.id)
    return answer(issue.id)
  }

  /// `{"summary":"…","project":"WEB"}`: a new ticket of type Task.
  private func raise(_ request: Request) async throws -> Response {
    let given = try await form(request, "summary", "project")
    let key = given[1] ?? sandbox.state.withLock { $0.projects.values.map(\.key).min() } ?? ""
    let project = try JiraProjectEndpoints.find(key, sandbox)
    var fields: [String: JSONValue] = [
      "summary": JSONValue(given[0]), "issuetype": ["name": "Task"],
      "project": ["key": .string(project.key)],
    ]
    if let required = project.requiredField {
      fields[required] = ["value": .string(JiraFieldCatalog.severities[0])]
    }
    let body = JSONValue.object(["fields": .object(fields)])
    do throws(JiraFieldErrors) {
      return answer(try JiraIssueEndpoints.make(body, sandbox).id)
    } catch {
      return JiraSandbox.refusal([], errors: error.errors, status: 400)
    }
  }

  /// `{"workflow":"audited"}`: also `simple`, `reviewed`, `detoured`.
  private func setWorkflow(_ request: Request) async throws -> Response {
    let project = try JiraProjectEndpoints.find(request.parameters["key"] ?? "", sandbox)
    let name = try await form(request, "workflow")[0]
    guard let workflow = Workflow.all.first(where: { $0.name == name }) else {
      let names = Workflow.all.map(\.name).joined(separator: ", ")
      return JiraSandbox.refusal(["There are the workflows \(names)."], status: 400)
    }
    sandbox.state.withLock { $0.setWorkflow(workflow, of: project.id) }
    return .noContent
  }

  /// Values of a JSON body or of a form's.
  private func form(_ request: Request, _ names: String...) async throws -> [String?] {
    let bytes = try await request.body.collect(upTo: 1 << 20)
    let json = try? JSONValue(parsing: bytes)
    return names.map { json?[$0]?.stringValue ?? formValue($0, in: bytes) }
  }
}
