import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// One issue: create, read, edit, delete, move along the workflow.
struct JiraIssueEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/rest/api/3/issue", sandbox.authenticated(create))
    router.on(.get, "/rest/api/3/issue/{key}", sandbox.authenticated(get))
    router.on(.put, "/rest/api/3/issue/{key}", sandbox.authenticated(edit))
    router.on(.delete, "/rest/api/3/issue/{key}", sandbox.authenticated(delete))
    router.on(.put, "/rest/api/3/issue/{key}/assignee", sandbox.authenticated(assign))
    router.on(.get, "/rest/api/3/issue/{key}/transitions", sandbox.authenticated(transitions))
    router.on(.post, "/rest/api/3/issue/{key}/transitions", sandbox.authenticated(transition))
    router.on(.get, "/rest/api/3/issue/{key}/properties", sandbox.authenticated(properties))
    router.on(
      .get, "/rest/api/3/issue/{key}/properties/{property}", sandbox.authenticated(property))
    router.on(
      .put, "/rest/api/3/issue/{key}/properties/{property}", sandbox.authenticated(setProperty))
  }

  func find(_ request: Request) throws -> SandboxJiraIssue {
    try Self.find(request, sandbox)
  }

  static func find(_ request: Request, _ sandbox: JiraSandbox) throws -> SandboxJiraIssue {
    guard let issue = sandbox.state.withLock({ $0.issue(request.parameters["key"] ?? "") }) else {
      throw HTTPError(
        .notFound, "Issue does not exist or you do not have permission to see it.")
    }
    return issue
  }

  private func get(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let asked = (request.queryValues["fields"] ?? []).flatMap {
      $0.split(separator: ",").map(String.init)
    }
    let json = sandbox.json
    return sandbox.state.withLock {
      .json(json.issue(issue, in: $0, fields: asked.isEmpty ? ["*all"] : asked))
    }
  }

  private func create(_ request: Request) async throws -> Response {
    guard let body = try await request.json(), case .object(let fields)? = body["fields"] else {
      return JiraSandbox.refusal(["There was an error parsing JSON."], status: 400)
    }
    let result = sandbox.state.withLock { state -> Result<SandboxJiraIssue, JiraFieldErrors> in
      do throws(JiraFieldErrors) {
        var issue = try JiraFields.make(fields, in: &state)
        for property in body["properties"]?.arrayValue ?? [] {
          if let key = property["key"]?.stringValue { issue.properties[key] = property["value"] }
        }
        state.insert(issue)
        return .success(issue)
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .failure(let errors):
      return JiraSandbox.refusal([], errors: errors.errors, status: 400)
    case .success(let issue):
      sandbox.change("jira:issue_created", issue.id)
      return .json(
        .object([
          "id": .string(String(issue.id)), "key": .string(issue.key),
          "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issue.id)"),
        ]), status: 201)
    }
  }

  private func edit(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let body = try await request.json()
    guard case .object(let fields)? = body?["fields"] else {
      return JiraSandbox.refusal(["There was an error parsing JSON."], status: 400)
    }
    let errors = sandbox.state.withLock { state -> JiraFieldErrors? in
      do throws(JiraFieldErrors) {
        try JiraFields.apply(fields, to: issue.id, in: &state)
        return nil
      } catch {
        return error
      }
    }
    if let errors { return JiraSandbox.refusal([], errors: errors.errors, status: 400) }
    sandbox.change("jira:issue_updated", issue.id)
    return .noContent
  }

  private func delete(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let hooks = sandbox.state.withLock { $0.webhooks }
    sandbox.send("jira:issue_deleted", issue, to: hooks)
    sandbox.state.withLock { $0.delete(issue.id) }
    return .noContent
  }

  private func assign(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let account = try await request.json()?["accountId"]?.stringValue
    guard account == nil || SandboxPerson.all.contains(where: { $0.accountID == account }) else {
      return JiraSandbox.refusal(
        [], errors: ["assignee": "User '\(account ?? "")' cannot be assigned issues."], status: 400)
    }
    sandbox.state.withLock { $0.update(issue.id) { $0.assignee = account } }
    sandbox.change("jira:issue_updated", issue.id)
    return .noContent
  }

  private func transitions(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let withFields = request.queryValue("expand")?.contains("transitions.fields") == true
    let json = sandbox.json
    return sandbox.state.withLock { state in
      let workflow = state.workflow(of: issue)
      let offered = workflow.transitions.filter { $0.from == nil || $0.from == issue.statusID }
      return .json(
        .object([
          "expand": .string("transitions"),
          "transitions": .array(
            offered.map { json.transition($0, workflow, withFields: withFields) }),
        ]))
    }
  }

  private func transition(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let body = try await request.json()
    let id = body?["transition"]?["id"]?.stringValue
    let workflow = sandbox.state.withLock { $0.workflow(of: issue) }
    guard
      let transition = workflow.transitions.first(where: {
        $0.id == id && ($0.from == nil || $0.from == issue.statusID)
      })
    else {
      return JiraSandbox.refusal(
        [
          "It seems that you have tried to perform a workflow operation (\(id ?? "none")) that is "
            + "not valid for the current state of this issue."
        ], status: 400)
    }
    let resolution = body?["fields"]?["resolution"]
    let resolutionID = JiraCatalog.resolutions.first {
      $0.id == resolution?["id"]?.stringValue || $0.name == resolution?["name"]?.stringValue
    }?.id
    if transition.needsResolution, resolutionID == nil {
      return JiraSandbox.refusal(
        [], errors: ["resolution": "Resolution is required."], status: 400)
    }
    sandbox.state.withLock {
      $0.transition(issue.id, to: transition.to, resolution: resolutionID)
    }
    sandbox.change("jira:issue_updated", issue.id)
    return .noContent
  }

  private func properties(_ request: Request) async throws -> Response {
    let issue = try find(request)
    return .json(
      .object([
        "keys": .array(
          issue.properties.keys.sorted().map { key in
            .object([
              "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issue.id)/properties/\(key)"),
              "key": .string(key),
            ])
          })
      ]))
  }

  private func property(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let key = request.parameters["property"] ?? ""
    guard let value = issue.properties[key] else {
      return JiraSandbox.refusal(["The property '\(key)' does not exist."], status: 404)
    }
    return .json(.object(["key": .string(key), "value": value]))
  }

  private func setProperty(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let key = request.parameters["property"] ?? ""
    guard let value = try await request.json() else {
      return JiraSandbox.refusal(["The property value must be JSON."], status: 400)
    }
    sandbox.state.withLock { $0.update(issue.id) { $0.properties[key] = value } }
    return .json(.object([:]), status: issue.properties[key] == nil ? 201 : 200)
  }
}
