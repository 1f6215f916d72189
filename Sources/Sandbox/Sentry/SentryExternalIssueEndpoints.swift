import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Tickets elsewhere that an internal integration shows at issues.
struct SentryExternalIssueEndpoints: Sendable {
  static let installation = "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"
  private static let service = "issuebridge-1"

  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/"
    router.on(
      .get, base + "sentry-app-installations/",
      sandbox.authenticated { SentryPage.respond([installation], $0, sandbox.baseURL) })
    router.on(.get, base + "issues/{issue}/external-issues/", sandbox.authenticated(list))
    let installed = "/api/0/sentry-app-installations/{uuid}/external-issues/"
    router.on(.post, installed, sandbox.authenticated(upsert))
    router.on(.delete, installed + "{id}/", sandbox.authenticated(delete))
  }

  private var installation: JSONValue {
    [
      "uuid": .string(Self.installation), "status": "installed",
      "app": [
        "uuid": "c1c1c1c1-696c-4c54-adb5-b3f28d64c7de", "slug": .string(Self.service),
        "sentryAppId": 1,
      ],
      "organization": ["slug": .string(sandbox.configuration.organization)],
    ]
  }

  private func check(_ request: Request) throws {
    guard request.parameters["uuid"] == Self.installation else {
      throw HTTPError(.notFound, "The requested resource does not exist")
    }
  }

  private func json(_ external: SandboxSentryIssue.External, of issue: Int64) -> JSONValue {
    [
      "id": .string(String(external.id)), "issueId": .string(String(issue)),
      "serviceType": .string(Self.service), "displayName": .string(external.displayName),
      "webUrl": .string(external.webURL),
    ]
  }

  private func list(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    return .json(.array(issue.externalIssues.map { json($0, of: issue.id) }))
  }

  /// The same project and identifier change the one that is there.
  private func upsert(_ request: Request) async throws -> Response {
    try check(request)
    guard let body = try await request.json(), let id = body["issueId"]?.wholeNumber,
      let url = body["webUrl"]?.stringValue, let project = body["project"]?.stringValue,
      let identifier = body["identifier"]?.stringValue
    else {
      return SentrySandbox.refusal(
        "issueId, webUrl, project, and identifier are required", status: 400)
    }
    let name = "\(project)#\(identifier)"
    let external = sandbox.state.withLock { state -> SandboxSentryIssue.External? in
      guard let issue = state.issues[Int64(id)] else { return nil }
      let index = issue.externalIssues.firstIndex { $0.displayName == name }
      let external = (
        index.map { issue.externalIssues[$0].id } ?? state.makeID(), displayName: name, webURL: url
      )
      if let index {
        state.issues[issue.id]?.externalIssues[index] = external
      } else {
        state.issues[issue.id]?.externalIssues.append(external)
      }
      return external
    }
    guard let external else { return SentrySandbox.refusal("Issue not found", status: 404) }
    return .json(json(external, of: Int64(id)))
  }

  private func delete(_ request: Request) async throws -> Response {
    try check(request)
    let wanted = request.parameters["id"] ?? ""
    let isGone = sandbox.state.withLock { state in
      let issue = state.issues.values.first { issue in
        issue.externalIssues.contains { String($0.id) == wanted }
      }
      if let issue {
        state.issues[issue.id]?.externalIssues.removeAll { String($0.id) == wanted }
      }
      return issue != nil
    }
    return isGone ? .noContent : SentrySandbox.refusal("Issue not found", status: 404)
  }
}
