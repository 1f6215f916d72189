import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Moving issues along their workflows.
struct JiraTransitionEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/issue/{key}/transitions"
    router.on(.get, path, sandbox.authenticated(list))
    router.on(.post, path, sandbox.authenticated(move))
  }

  private func list(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let withFields = request.queryValue("expand")?.contains("transitions.fields") == true
    let wanted = request.queryValue("transitionId")
    let workflow = sandbox.state.withLock { $0.workflow(of: issue) }
    let offered = workflow.transitions(from: issue.statusID).filter {
      wanted == nil || $0.id == wanted
    }
    return .json([
      "expand": "transitions",
      "transitions": .array(
        offered.map { sandbox.json.transition($0, workflow, withFields: withFields) }),
    ])
  }

  private func move(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let body = try await request.json()
    let id = body?["transition"]?["id"]?.stringValue
    let workflow = sandbox.state.withLock { $0.workflow(of: issue) }
    guard let transition = workflow.transitions(from: issue.statusID).first(where: { $0.id == id })
    else {
      return JiraSandbox.refusal(
        [
          "It seems that you have tried to perform a workflow operation (\(id ?? "none")) that is "
            + "not valid for the current state of this issue."
        ], status: 400)
    }
    var given: [String: JSONValue] = [:]
    if case .object(let fields)? = body?["fields"] { given = fields }
    let kept = sandbox.state.withLock { state in
      Dictionary(
        transition.required.map { ($0, sandbox.json.value($0, issue, state) ?? .null) }
      ) { $1 }
    }
    let errors = Self.errors(given, kept, transition)
    guard errors.isEmpty else { return JiraSandbox.refusal([], errors: errors, status: 400) }
    if let words = sandbox.refusedTransitions[transition.name] {
      return JiraSandbox.refusal([words], status: 400)
    }
    let resolution = Self.resolution(given["resolution"])
    let custom = given.filter { $0.key.hasPrefix("customfield_") }
    sandbox.state.withLock { state in
      state.transition(issue.id, to: transition.to, resolution: resolution, fields: custom)
      for text in JiraFields.comments(body?["update"]) {
        _ = state.comment(issue.id, text, by: SandboxPerson.service)
      }
    }
    sandbox.change("jira:issue_updated", issue.id)
    return .noContent
  }

  private static func resolution(_ value: JSONValue?) -> String? {
    JiraCatalog.resolutions.first {
      $0.id == value?["id"]?.stringValue || $0.name == value?["name"]?.stringValue
    }?.id
  }

  /// What its screen requires and is neither given nor there already, and what is given and not on its
  /// screen.
  private static func errors(
    _ given: [String: JSONValue], _ kept: [String: JSONValue], _ transition: Workflow.Transition
  ) -> [String: String] {
    var errors: [String: String] = [:]
    for field in transition.required {
      let value = given[field] ?? kept[field] ?? .null
      let isEmpty =
        value == .null || value == "" || field == "resolution" && resolution(value) == nil
      if isEmpty { errors[field] = "\(JiraFieldCatalog.name(of: field)) is required." }
    }
    for field in given.keys where !transition.required.contains(field) {
      errors[field] =
        "Field '\(field)' cannot be set. It is not on the appropriate screen, or unknown."
    }
    return errors
  }
}
