import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Tickets elsewhere that installed apps show at issues: our internal integration, and others that a
/// person has installed.
struct SentryExternalIssueEndpoints: Sendable {
  static let installation = "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"
  private static let service = "issuebridge-1"

  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/"
    router.on(
      .get, base + "sentry-app-installations/",
      sandbox.authenticated { request in
        guard sandbox.state.withLock({ $0.isInstalled }) else {
          throw HTTPError(.notFound, "The requested resource does not exist")
        }
        return SentryPage.respond(installations, request, sandbox.baseURL)
      })
    router.on(.get, base + "issues/{issue}/external-issues/", sandbox.authenticated(list))
    let installed = "/api/0/sentry-app-installations/{uuid}/external-issues/"
    router.on(.post, installed, sandbox.authenticated(upsert))
    router.on(.delete, installed + "{id}/", sandbox.authenticated(delete))
  }

  /// Those of other vendors come first, as they were installed before.
  private var installations: [JSONValue] {
    let others = sandbox.state.withLock { $0.otherApps }
    return others.map { installation($0.installation, of: $0.slug) }
      + [installation(Self.installation, of: Self.service)]
  }

  private func installation(_ uuid: String, of slug: String) -> JSONValue {
    [
      "uuid": .string(uuid), "status": "installed",
      "app": [
        "uuid": "c1c1c1c1-696c-4c54-adb5-b3f28d64c7de", "slug": .string(slug), "sentryAppId": 1,
      ],
      "organization": ["slug": .string(sandbox.configuration.organization)],
    ]
  }

  /// A token speaks for its own integration alone.
  private func check(_ request: Request) throws {
    let uuid = request.parameters["uuid"] ?? ""
    let isInstalled = sandbox.state.withLock { $0.isInstalled }
    if uuid == Self.installation, isInstalled { return }
    guard isInstalled else {
      throw HTTPError(.forbidden, "You do not have permission to perform this action.")
    }
    let isKnown = sandbox.state.withLock { $0.otherApps.contains { $0.installation == uuid } }
    throw isKnown
      ? HTTPError(.forbidden, "You do not have permission to perform this action.")
      : HTTPError(.notFound, "The requested resource does not exist")
  }

  private func list(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    return .json(.array(issue.externalIssues.map { $0.json(of: issue.id) }))
  }

  /// An issue shows one ticket per app: another one takes the place of the first.
  private func upsert(_ request: Request) async throws -> Response {
    try check(request)
    guard let body = try await request.json(), let id = body["issueId"]?.wholeNumber,
      let url = body["webUrl"]?.stringValue, let project = body["project"]?.stringValue,
      let identifier = body["identifier"]?.stringValue
    else {
      return SentrySandbox.refusal(
        "issueId, webUrl, project, and identifier are required", status: 400)
    }
    let external = sandbox.state.withLock { state in
      state.show("\(project)#\(identifier)", url, by: Self.service, at: Int64(id))
    }
    guard let external else { return SentrySandbox.refusal("Issue not found", status: 404) }
    return .json(external.json(of: Int64(id)))
  }

  private func delete(_ request: Request) async throws -> Response {
    try check(request)
    let wanted = request.parameters["id"] ?? ""
    let isGone = sandbox.state.withLock { state in
      let issue = state.issues.values.first { issue in
        issue.externalIssues.contains { String($0.id) == wanted && $0.service == Self.service }
      }
      if let issue {
        state.issues[issue.id]?.externalIssues.removeAll { String($0.id) == wanted }
      }
      return issue != nil
    }
    return isGone ? .noContent : SentrySandbox.refusal("Issue not found", status: 404)
  }
}

extension SandboxExternalIssue {
  func json(of issue: Int64) -> JSONValue {
    [
      "id": .string(String(id)), "issueId": .string(String(issue)),
      "serviceType": .string(service), "displayName": .string(displayName),
      "webUrl": .string(webURL),
    ]
  }
}
