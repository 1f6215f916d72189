import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What is the same for the whole site: who asks, statuses, fields, priorities, resolutions, labels.
struct JiraSiteEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/"
    router.on(
      .get, path + "myself",
      sandbox.authenticated { _ in .json(sandbox.json.person(SandboxPerson.service)) })
    router.on(.get, path + "serverInfo") { _ in .json(serverInfo) }
    router.on(.get, path + "status", sandbox.authenticated(statuses))
    router.on(.get, path + "statuses/search", sandbox.authenticated(searchStatuses))
    router.on(
      .get, path + "field",
      sandbox.authenticated { _ in .json(.array(JiraFieldCatalog.all.map(JiraFieldCatalog.json))) })
    router.on(.get, path + "priority/search", sandbox.authenticated(priorities))
    router.on(.get, path + "resolution/search", sandbox.authenticated(resolutions))
    router.on(.get, path + "label", sandbox.authenticated(labels))
    let forAppsOnly = sandbox.authenticated { _ in
      JiraSandbox.refusal(["Only Connect and OAuth 2.0 apps can use this operation."], status: 403)
    }
    for method in [HTTPRequest.Method.get, .post, .delete] {
      router.on(method, path + "webhook", forAppsOnly)
    }
    router.on(.put, path + "webhook/refresh", forAppsOnly)
    router.on(.get, path + "webhook/failed", forAppsOnly)
  }

  private var serverInfo: JSONValue {
    [
      "baseUrl": .string(sandbox.baseURL), "displayUrl": .string(sandbox.baseURL),
      "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud",
      "buildNumber": 100_275, "buildDate": "2026-11-20T00:00:00.000+0100",
      "serverTime": .string(SandboxTime.jira(Date(), offsetHours: 1)),
      "scmInfo": "8c4c5e5ff53bb2a6bd0f2f0a0d4d9d1e6d6b6a2f",
      "serverTitle": "IssueBridge sandbox",
    ]
  }

  private func statuses(_ request: Request) async throws -> Response {
    let changed = sandbox.state.withLock { $0.statuses }
    return .json(
      .array(
        Workflow.all.flatMap(\.statuses).map { sandbox.json.status(changed[$0.id] ?? $0) }))
  }

  /// Those of the whole site; with a project's id its own, of which classic projects have none.
  private func searchStatuses(_ request: Request) async throws -> Response {
    let categories = ["TODO": "new", "IN_PROGRESS": "indeterminate", "DONE": "done"]
    let asked = request.queryValue("statusCategory")
    guard asked.map({ categories[$0] != nil }) ?? true else {
      return JiraSandbox.refusal(["statusCategory: Unknown status category"], status: 400)
    }
    let text = (request.queryValue("searchString") ?? "").lowercased()
    let all = request.queryValue("projectId") == nil ? Workflow.all.flatMap(\.statuses) : []
    let found = all.filter { status in
      (asked == nil || categories[asked ?? ""] == status.category)
        && (text.isEmpty || status.name.lowercased().contains(text))
    }
    let values = found.map { status -> JSONValue in
      [
        "id": .string(status.id), "name": .string(status.name), "description": "",
        "scope": ["type": "GLOBAL"],
        "statusCategory": JSONValue(categories.first { $0.value == status.category }?.key),
      ]
    }
    return JiraPage.respond(values, request, sandbox.baseURL, otherwise: 200, cap: 200)
  }

  private func priorities(_ request: Request) async throws -> Response {
    let values = JiraCatalog.priorities.map { priority -> JSONValue in
      guard case .object(var object) = sandbox.json.priority(priority.id) else { return .null }
      object["isDefault"] = .bool(priority.name == "Medium")
      return .object(object)
    }
    return JiraPage.respond(values, request, sandbox.baseURL)
  }

  /// As its documentation's example: no `self` and no `iconUrl` here.
  private func resolutions(_ request: Request) async throws -> Response {
    let values = JiraCatalog.resolutions.map { resolution -> JSONValue in
      [
        "id": .string(resolution.id), "name": .string(resolution.name), "description": "",
        "isDefault": .bool(resolution.name == "Done"),
      ]
    }
    return JiraPage.respond(values, request, sandbox.baseURL)
  }

  private func labels(_ request: Request) async throws -> Response {
    let labels = sandbox.state.withLock { Set($0.issues.values.flatMap(\.labels)).sorted() }
    return JiraPage.respond(
      labels.map(JSONValue.string), request, sandbox.baseURL, otherwise: 1000, cap: 1000)
  }
}
