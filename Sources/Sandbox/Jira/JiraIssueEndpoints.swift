import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// One issue: create, read, edit, assign, delete.
struct JiraIssueEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/rest/api/3/issue", sandbox.authenticated(create))
    router.on(.get, "/rest/api/3/issue/{key}", sandbox.authenticated(get))
    router.on(.put, "/rest/api/3/issue/{key}", sandbox.authenticated(edit))
    router.on(.delete, "/rest/api/3/issue/{key}", sandbox.authenticated(delete))
    router.on(.put, "/rest/api/3/issue/{key}/assignee", sandbox.authenticated(assign))
  }

  private func find(_ request: Request) throws -> SandboxJiraIssue {
    try Self.find(request, sandbox)
  }

  static func find(_ request: Request, _ sandbox: JiraSandbox) throws -> SandboxJiraIssue {
    let issue = sandbox.state.withLock { $0.issue(request.parameters["key"] ?? "") }
    let isPerson = request.path.hasPrefix("/sandbox")
    guard let issue, isPerson || !issue.isHidden else {
      throw HTTPError(
        .notFound, "Issue does not exist or you do not have permission to see it.")
    }
    return issue
  }

  private func get(_ request: Request) async throws -> Response {
    let issue = try find(request)
    func names(_ parameter: String) -> [String] {
      (request.queryValues[parameter] ?? []).flatMap { $0.split(separator: ",").map(String.init) }
    }
    let fields = names("fields")
    let properties = names("properties")
    let json = sandbox.json
    let expanded = Set(names("expand"))
    return sandbox.state.withLock { state in
      let issue = state.read(issue)
      let all = json.issue(
        issue, in: state, fields: fields.isEmpty ? ["*all", "comment"] : fields,
        properties: properties)
      guard case .object(var object) = all else { return .json(all) }
      if expanded.contains("transitions") || expanded.contains("transitions.fields") {
        let workflow = state.workflow(of: issue)
        object["transitions"] = .array(
          workflow.transitions(from: issue.statusID).map {
            json.transition(
              $0, workflow, withFields: expanded.contains("transitions.fields"))
          })
      }
      if expanded.contains("changelog") {
        object["changelog"] = JiraHistoryEndpoints.recent(state.changes[issue.id] ?? [], json)
      }
      return .json(.object(object))
    }
  }

  /// Makes an issue of a create's body and tells of it.
  static func make(_ body: JSONValue, _ sandbox: JiraSandbox) throws(JiraFieldErrors)
    -> SandboxJiraIssue
  {
    let settings = sandbox.settings
    let result = sandbox.state.withLock { state -> Result<SandboxJiraIssue, JiraFieldErrors> in
      do throws(JiraFieldErrors) {
        guard case .object(let fields)? = body["fields"] else {
          throw JiraFieldErrors(errors: ["fields": "There was an error parsing JSON."])
        }
        var issue = try JiraFields.make(fields, in: &state, settings)
        if state.projects[issue.projectID]?.refusesProperties == true,
          body["properties"]?.arrayValue?.isEmpty == false
        {
          throw JiraFieldErrors(errors: ["properties": "Issue properties cannot be set here."])
        }
        for property in body["properties"]?.arrayValue ?? [] {
          if let key = property["key"]?.stringValue { issue.properties[key] = property["value"] }
        }
        state.insert(issue)
        return .success(issue)
      } catch {
        return .failure(error)
      }
    }
    let issue = try result.get()
    sandbox.change("jira:issue_created", issue.id)
    return issue
  }

  static func reference(_ issue: SandboxJiraIssue, _ sandbox: JiraSandbox) -> JSONValue {
    [
      "id": .string(String(issue.id)), "key": .string(issue.key),
      "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issue.id)"),
    ]
  }

  private func create(_ request: Request) async throws -> Response {
    let bytes = try await request.body.collect(upTo: 4 << 20)
    sandbox.noteCreation(bytes)
    guard let body = try? JSONValue(parsing: bytes) else {
      return JiraSandbox.refusal(["There was an error parsing JSON."], status: 400)
    }
    do throws(JiraFieldErrors) {
      return .json(Self.reference(try Self.make(body, sandbox), sandbox), status: 201)
    } catch {
      return JiraSandbox.refusal(error.messages, errors: error.errors, status: 400)
    }
  }

  /// 204, or with `returnIssue` the issue.
  private func edit(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let body = try await request.json()
    var fields = JiraFields.resolve(body?["update"], on: issue)
    if case .object(let given)? = body?["fields"] { fields.merge(given) { $1 } }
    guard body?["fields"] != nil || body?["update"] != nil else {
      return JiraSandbox.refusal(["one of 'fields' or 'update' required"], status: 400)
    }
    let errors = sandbox.state.withLock { [fields] state -> JiraFieldErrors? in
      do throws(JiraFieldErrors) {
        try JiraFields.apply(fields, to: issue.id, in: &state)
        for text in JiraFields.comments(body?["update"]) {
          _ = state.comment(issue.id, text, by: SandboxPerson.service)
        }
        return nil
      } catch {
        return error
      }
    }
    if let errors {
      return JiraSandbox.refusal(errors.messages, errors: errors.errors, status: 400)
    }
    sandbox.change("jira:issue_updated", issue.id)
    return request.queryValue("returnIssue") == "true" ? try await get(request) : .noContent
  }

  private func delete(_ request: Request) async throws -> Response {
    sandbox.delete(try find(request))
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
}
