import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// The organization and its projects.
struct SentryOrganizationEndpoints: Sendable {
  static let installation = "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"

  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/"
    router.on(
      .get, "/api/0/organizations/",
      sandbox.authenticated { request in
        SentryPage.respond([sandbox.json.organization()], request, sandbox.baseURL)
      })
    router.on(
      .get, base, sandbox.authenticated { _ in .json(sandbox.json.organization(isDetailed: true)) })
    router.on(.get, base + "projects/", sandbox.authenticated(projects))
    router.on(.get, "/api/0/projects/{org}/{project}/", sandbox.authenticated(project))
    for list in ["integrations/", "teams/", "members/"] {
      router.on(
        .get, base + list,
        sandbox.authenticated { request in
          SentryPage.respond([], request, sandbox.baseURL)
        })
    }
    router.on(
      .get, base + "sentry-app-installations/", sandbox.authenticated { _ in .json(installations) })
    router.on(
      .post, "/api/0/sentry-app-installations/{uuid}/external-issues/",
      sandbox.authenticated(addExternalIssue))
  }

  private var installations: JSONValue {
    .array([
      .object([
        "uuid": .string(Self.installation), "status": .string("installed"),
        "app": .object([
          "uuid": .string("c1c1c1c1-696c-4c54-adb5-b3f28d64c7de"),
          "slug": .string("issuebridge-1"), "sentryAppId": .integer(1),
        ]),
        "organization": .object(["slug": .string(sandbox.configuration.organization)]),
      ])
    ])
  }

  private func projects(_ request: Request) async throws -> Response {
    let projects = sandbox.state.withLock { Array($0.projects.values) }.sorted { $0.slug < $1.slug }
    return SentryPage.respond(projects.map { sandbox.json.project($0) }, request, sandbox.baseURL)
  }

  private func project(_ request: Request) async throws -> Response {
    let wanted = request.parameters["project"] ?? ""
    guard let project = sandbox.state.withLock({ $0.project(wanted) }) else {
      return SentrySandbox.refusal("The requested resource does not exist", status: 404)
    }
    return .json(sandbox.json.project(project, isDetailed: true))
  }

  private func addExternalIssue(_ request: Request) async throws -> Response {
    guard let body = try await request.json(), let id = body["issueId"]?.wholeNumber,
      let url = body["webUrl"]?.stringValue, let project = body["project"]?.stringValue,
      let identifier = body["identifier"]?.stringValue
    else {
      return SentrySandbox.refusal(
        "issueId, webUrl, project, and identifier are required", status: 400)
    }
    let name = "\(project)#\(identifier)"
    let made = sandbox.state.withLock { state -> Int64? in
      guard state.issues[Int64(id)] != nil else { return nil }
      let made = state.makeID()
      state.issues[Int64(id)]?.externalIssues.append((made, name, url))
      return made
    }
    guard let made else { return SentrySandbox.refusal("Issue not found", status: 404) }
    return .json(Self.json(made, issue: Int64(id), name: name, url: url))
  }

  static func json(_ id: Int64, issue: Int64, name: String, url: String) -> JSONValue {
    .object([
      "id": .string(String(id)), "issueId": .string(String(issue)),
      "serviceType": .string("issuebridge"), "displayName": .string(name), "webUrl": .string(url),
    ])
  }
}
