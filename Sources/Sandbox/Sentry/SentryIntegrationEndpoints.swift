import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Sentry's own integration with Jira, as an organization has it that used it before.
struct SentryIntegrationEndpoints: Sendable {
  static let id: Int64 = 24_001
  private static let site = "https://acme.atlassian.net"

  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/"
    router.on(.get, base + "integrations/", sandbox.authenticated(list))
    router.on(.get, base + "integrations/{integration}/", sandbox.authenticated(get))
    router.on(.get, base + "config/integrations/", sandbox.authenticated(providers))
    let issue = base + "issues/{issue}/integrations/{integration}/"
    router.on(.get, issue, sandbox.authenticated(configuration))
    router.on(.post, issue, sandbox.authenticated(create))
    router.on(.put, issue, sandbox.authenticated(link))
    router.on(.delete, issue, sandbox.authenticated(unlink))
  }

  private static let features: JSONValue = ["issue-basic", "issue-sync", "ticket-rules"]

  private var members: [String: JSONValue] {
    [
      "id": .string(String(Self.id)), "name": "Acme Jira", "icon": .null,
      "domainName": "acme.atlassian.net", "accountType": .null, "scopes": .null,
      "outOfDate": .null, "status": "active",
      "provider": [
        "key": "jira", "slug": "jira", "name": "Jira", "canAdd": true, "canDisable": false,
        "features": Self.features, "aspects": [:],
      ],
    ]
  }

  private var json: JSONValue {
    let more: [String: JSONValue] = [
      "configOrganization": [], "configData": [:], "externalId": "acme-cloud",
      "organizationId": 4_509_001, "organizationIntegrationStatus": "active",
      "gracePeriodEnd": .null,
    ]
    return .object(members.merging(more) { $1 })
  }

  private func list(_ request: Request) async throws -> Response {
    let isAsked = request.queryValue("providerKey").map { $0 == "jira" } ?? true
    return SentryPage.respond(isAsked ? [json] : [], request, sandbox.baseURL)
  }

  private func check(_ request: Request) throws {
    guard request.parameters["integration"] == String(Self.id) else {
      throw HTTPError(.notFound, "The requested resource does not exist")
    }
  }

  private func get(_ request: Request) async throws -> Response {
    try check(request)
    return .json(json)
  }

  private func providers(_ request: Request) async throws -> Response {
    .json([
      "providers": [
        [
          "key": "jira", "slug": "jira", "name": "Jira", "canAdd": true, "canDisable": false,
          "features": Self.features,
          "metadata": [
            "description": "Connect errors to Jira.", "author": "The Sentry Team",
            "noun": "Installation",
          ],
        ]
      ]
    ])
  }

  /// What a form for a link or for a new ticket asks.
  private func configuration(_ request: Request) async throws -> Response {
    try check(request)
    let (issue, _) = try sandbox.issue(request)
    var object = members
    switch request.queryValue("action") {
    case "link":
      object["linkIssueConfig"] = [
        ["name": "externalIssue", "label": "Issue", "type": "select", "required": true]
      ]
    case "create":
      object["createIssueConfig"] = [
        [
          "name": "title", "label": "Title", "type": "string", "required": true,
          "default": .string(issue.title),
        ],
        ["name": "description", "label": "Description", "type": "textarea", "autosize": true],
      ]
    default:
      return SentrySandbox.refusal(
        "Action is required and should be either link or create", status: 400)
    }
    return .json(.object(object))
  }

  private func create(_ request: Request) async throws -> Response {
    let title = try await request.json()?["title"]?.stringValue
    guard title != nil else {
      return .json(["non_field_errors": ["title is required"]], status: 400)
    }
    let number = sandbox.state.withLock { $0.makeID() } % 100_000
    return try attach("ACME-\(number)", request)
  }

  private func link(_ request: Request) async throws -> Response {
    guard let key = try await request.json()?["externalIssue"]?.stringValue else {
      return .json(["externalIssue": ["Issue ID is required"]], status: 400)
    }
    return try attach(key, request)
  }

  private func attach(_ key: String, _ request: Request) throws -> Response {
    try check(request)
    let (issue, _) = try sandbox.issue(request)
    let id = sandbox.state.withLock { state in
      let id = state.makeID()
      state.issues[issue.id]?.integrationIssues.append(
        SandboxExternalIssue(
          id: id, service: "jira", displayName: key, webURL: "\(Self.site)/browse/\(key)"))
      return id
    }
    return .json(
      [
        "id": .integer(id), "key": .string(key), "url": .string("\(Self.site)/browse/\(key)"),
        "integrationId": .integer(Self.id), "displayName": .string(key),
      ], status: 201)
  }

  private func unlink(_ request: Request) async throws -> Response {
    try check(request)
    let (issue, _) = try sandbox.issue(request)
    guard let id = request.queryValue("externalIssue").flatMap({ Int64($0) }) else {
      return SentrySandbox.refusal("External ID required", status: 400)
    }
    let isGone = sandbox.state.withLock { state in
      let count = state.issues[issue.id]?.integrationIssues.count ?? 0
      state.issues[issue.id]?.integrationIssues.removeAll { $0.id == id }
      return (state.issues[issue.id]?.integrationIssues.count ?? 0) < count
    }
    return isGone ? .noContent : SentrySandbox.refusal("External issue not found", status: 404)
  }
}
