import HTTPServer
import HTTPTypes
import RESTClient

/// What a new issue needs.
struct JiraCreateMetadataEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/issue/createmeta/{key}/issuetypes"
    router.on(.get, path, sandbox.authenticated(types))
    router.on(.get, path + "/{type}", sandbox.authenticated(fields))
  }

  private func types(_ request: Request) async throws -> Response {
    let project = try JiraProjectEndpoints.find(request.parameters["key"] ?? "", sandbox)
    let types = sandbox.settings.types(of: project.id)
    return page("issueTypes", types.map { sandbox.json.type($0.id) }, request)
  }

  private func fields(_ request: Request) async throws -> Response {
    let project = try JiraProjectEndpoints.find(request.parameters["key"] ?? "", sandbox)
    let types = sandbox.settings.types(of: project.id)
    guard let type = types.first(where: { $0.id == request.parameters["type"] }) else {
      return JiraSandbox.refusal(["Issue type is not valid for the project."], status: 400)
    }
    return page("fields", createScreen(project, type), request)
  }

  private func createScreen(_ project: SandboxJiraProject, _ type: JiraCatalog.IssueType)
    -> [JSONValue]
  {
    func field(_ id: String, required: Bool, hasDefault: Bool = false) -> JSONValue {
      let field = JiraFieldCatalog.screen(
        id, required: required, hasDefault: hasDefault, sandbox.json)
      guard case .object(var object) = field else { return field }
      object["fieldId"] = .string(id)
      return .object(object)
    }
    var fields = [
      field("summary", required: true), field("issuetype", required: true),
      field("project", required: true), field("reporter", required: true, hasDefault: true),
      field("description", required: false), field("labels", required: false),
      field("assignee", required: false),
    ]
    if project.hasPriority {
      fields.append(field("priority", required: false, hasDefault: true))
    }
    if let required = project.requiredField { fields.append(field(required, required: true)) }
    if sandbox.settings.isSubtask(type) { fields.append(field("parent", required: true)) }
    return fields.filter { !project.offScreen.contains($0["key"]?.stringValue ?? "") }
  }

  /// At most 200 per page; more is refused, as Jira does.
  private func page(_ name: String, _ values: [JSONValue], _ request: Request) -> Response {
    if let asked = request.queryValue("maxResults").flatMap({ Int($0) }), asked > 200 {
      return JiraSandbox.refusal(
        ["Parameter 'maxResults' must not exceed the limit '200'"], status: 400)
    }
    let range = JiraPage.range(
      of: values.count, request, otherwise: 50, cap: sandbox.settings.maxMetadataPage)
    return .json([
      "startAt": JSONValue(range.start), "maxResults": JSONValue(range.most),
      "total": JSONValue(values.count),
      name: .array(Array(values[min(range.start, range.end)..<range.end])),
    ])
  }
}
