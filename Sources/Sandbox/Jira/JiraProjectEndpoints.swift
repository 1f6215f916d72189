import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Who am I, projects, and what a new issue needs.
struct JiraProjectEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(
      .get, "/rest/api/3/myself", sandbox.authenticated { _ in .json(SandboxPerson.all[0].json) })
    router.on(.get, "/rest/api/3/serverInfo") { _ in .json(serverInfo) }
    router.on(.get, "/rest/api/3/project/search", sandbox.authenticated(search))
    router.on(.get, "/rest/api/3/project/{key}", sandbox.authenticated(project))
    router.on(.get, "/rest/api/3/project/{key}/statuses", sandbox.authenticated(statuses))
    router.on(
      .get, "/rest/api/3/issue/createmeta/{key}/issuetypes", sandbox.authenticated(types))
    router.on(
      .get, "/rest/api/3/issue/createmeta/{key}/issuetypes/{type}", sandbox.authenticated(fields))
    router.on(.get, "/rest/api/3/priority/search", sandbox.authenticated(priorities))
    router.on(.get, "/rest/api/3/status", sandbox.authenticated(allStatuses))
    router.on(.get, "/rest/api/3/field", sandbox.authenticated(allFields))
    router.on(
      .get, "/rest/api/3/issuetype/project",
      sandbox.authenticated { _ in
        .json(.array(JiraCatalog.types.map { JiraCatalog.type($0.id) }))
      })
    router.on(
      .get, "/rest/api/3/user/assignable/search",
      sandbox.authenticated { request in
        let query = (request.queryValue("query") ?? "").lowercased()
        let people = SandboxPerson.all.filter {
          query.isEmpty || $0.displayName.lowercased().contains(query)
        }
        return .json(.array(people.map(\.json)))
      })
    router.on(
      .get, "/rest/api/3/label",
      sandbox.authenticated { request in
        let labels = sandbox.state.withLock { state in
          Set(state.issues.values.flatMap(\.labels)).sorted().map(JSONValue.string)
        }
        return page(labels, request)
      })
  }

  private var serverInfo: JSONValue {
    .object([
      "baseUrl": .string(sandbox.baseURL), "version": .string("1001.0.0-SNAPSHOT"),
      "versionNumbers": .array([.integer(1001), .integer(0), .integer(0)]),
      "deploymentType": .string("Cloud"), "buildNumber": .integer(100_275),
      "buildDate": .string("2026-11-20T00:00:00.000+0100"),
      "serverTime": .string("2026-11-23T10:00:00.000+0100"),
      "scmInfo": .string("sandbox"), "serverTitle": .string("IssueBridge sandbox"),
    ])
  }

  private func page(_ values: [JSONValue], _ request: Request, limit: Int = 50) -> Response {
    let start = max(0, Int(request.queryValue("startAt") ?? "") ?? 0)
    let most = min(100, max(1, Int(request.queryValue("maxResults") ?? "") ?? limit))
    let end = min(values.count, start + most)
    return .json(
      .object([
        "self": .string(sandbox.baseURL + request.path), "startAt": JSONValue(start),
        "maxResults": JSONValue(most), "total": JSONValue(values.count),
        "isLast": .bool(end >= values.count),
        "values": .array(start < end ? Array(values[start..<end]) : []),
      ]))
  }

  private func search(_ request: Request) async throws -> Response {
    let query = (request.queryValue("query") ?? "").lowercased()
    let projects = sandbox.state.withLock { Array($0.projects.values) }
      .filter {
        query.isEmpty || $0.key.lowercased().contains(query) || $0.name.lowercased().contains(query)
      }
      .sorted { $0.key < $1.key }
    return page(projects.map(sandbox.json.project), request)
  }

  private func find(_ request: Request) throws -> SandboxJiraProject {
    let key = request.parameters["key"] ?? ""
    guard let project = sandbox.state.withLock({ $0.project(key) }) else {
      throw HTTPError(.notFound, "No project could be found with key '\(key)'.")
    }
    return project
  }

  private func project(_ request: Request) async throws -> Response {
    .json(sandbox.json.project(try find(request)))
  }

  private func statuses(_ request: Request) async throws -> Response {
    let project = try find(request)
    return .json(
      .array(
        JiraCatalog.types.map { type in
          .object([
            "self": .string("\(sandbox.baseURL)/rest/api/3/issuetype/\(type.id)"),
            "id": .string(type.id), "name": .string(type.name), "subtask": .bool(type.subtask),
            "statuses": .array(project.workflow.statuses.map(\.json)),
          ])
        }))
  }

  private func types(_ request: Request) async throws -> Response {
    _ = try find(request)
    return metadata(
      "issueTypes", JiraCatalog.types.map { JiraCatalog.type($0.id) }, request)
  }

  private func fields(_ request: Request) async throws -> Response {
    let project = try find(request)
    guard JiraCatalog.types.contains(where: { $0.id == request.parameters["type"] }) else {
      return JiraSandbox.refusal(["Issue type is not valid for the project."], status: 400)
    }
    return metadata("fields", Self.createFields(project), request)
  }

  /// The create screen.
  static func createFields(_ project: SandboxJiraProject) -> [JSONValue] {
    var fields = [
      JiraJSON.field("summary", "Summary", type: "string", required: true),
      JiraJSON.field("issuetype", "Issue Type", type: "issuetype", required: true),
      JiraJSON.field("project", "Project", type: "project", required: true),
      JiraJSON.field("reporter", "Reporter", type: "user", required: true, hasDefault: true),
      JiraJSON.field("description", "Description", type: "string", required: false),
      JiraJSON.field("labels", "Labels", type: "array", required: false),
      JiraJSON.field("assignee", "Assignee", type: "user", required: false),
    ]
    if project.hasPriority {
      fields.append(
        JiraJSON.field(
          "priority", "Priority", type: "priority", required: false, hasDefault: true,
          allowed: JiraCatalog.priorities.map {
            JiraCatalog.named("priority", JiraCatalog.priorities, $0.id)
          }))
    }
    if let required = project.requiredField {
      fields.append(
        JiraJSON.field(
          required, "Severity", type: "option", required: true,
          allowed: ["Critical", "Major", "Minor"].enumerated().map { index, name in
            .object(["id": .string("\(10_100 + index)"), "value": .string(name)])
          }))
    }
    return fields
  }

  private func metadata(_ name: String, _ values: [JSONValue], _ request: Request) -> Response {
    let start = max(0, Int(request.queryValue("startAt") ?? "") ?? 0)
    let most = min(200, max(1, Int(request.queryValue("maxResults") ?? "") ?? 50))
    let end = min(values.count, start + most)
    return .json(
      .object([
        "startAt": JSONValue(start), "maxResults": JSONValue(most),
        "total": JSONValue(values.count),
        name: .array(start < end ? Array(values[start..<end]) : []),
      ]))
  }

  private func priorities(_ request: Request) async throws -> Response {
    page(
      JiraCatalog.priorities.map { JiraCatalog.named("priority", JiraCatalog.priorities, $0.id) },
      request)
  }

  private func allStatuses(_ request: Request) async throws -> Response {
    .json(.array((Workflow.simple.statuses + Workflow.reviewed.statuses).map(\.json)))
  }

  private func allFields(_ request: Request) async throws -> Response {
    .json(
      .array(
        (JiraJSON.allFields + ["customfield_10050"]).map { name in
          .object([
            "id": .string(name), "key": .string(name), "name": .string(name),
            "custom": .bool(name.hasPrefix("customfield")), "orderable": .bool(true),
            "navigable": .bool(true), "searchable": .bool(true),
            "clauseNames": .array([.string(name)]),
            "schema": .object(["type": .string("string")]),
          ])
        }))
  }
}
