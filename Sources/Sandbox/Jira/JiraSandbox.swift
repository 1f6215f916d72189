import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// How large a look-alike site is and who may ask it.
package struct JiraSandboxConfiguration: Sendable {
  package var projects = 5
  package var issues = 200
  /// The workflows of the projects, in turn.
  package var workflows: [Workflow] = [.simple, .simple, .reviewed]
  package var username = "service@example.com"
  package var apiToken = "sandbox-jira-token"
  /// A token with scopes of the same person; works by the gateway only.
  package var scopedToken = "sandbox-scoped-token"
  /// A service account's; works by the gateway only, without a user name.
  package var serviceToken = "sandbox-service-token"
  /// 0 is any free one.
  package var port = 0
  /// How long search does not see a change.
  package var indexLag: Duration = .zero
  /// Pauses between tries to deliver a webhook.
  package var webhookPauses: [Duration] = [.milliseconds(200), .seconds(1)]
  /// Whether Jira's limits for API tokens hold: bursts per endpoint, and writes per issue.
  package var hasRealLimits = false

  package init() {}
}

/// A Jira Cloud site on loopback that answers REST v3 as Atlassian documents it, for demonstrations
/// and tests.
package final class JiraSandbox: Sendable {
  package let configuration: JiraSandboxConfiguration
  let state: Mutex<JiraState>
  let server = SandboxServer()
  let webhooks: WebhookSender
  private let limits = JiraLimits()
  private let siteSettings = Mutex(JiraSiteSettings())
  /// The site's number at Atlassian's gateway, another one for each sandbox.
  package let cloudID = UUID().uuidString.lowercased()
  private let refusing = Mutex(SandboxRefusal.none)

  package init(configuration: JiraSandboxConfiguration) throws {
    self.configuration = configuration
    var seeded = JiraState()
    JiraSeed.fill(
      &seeded, projects: configuration.projects, issues: configuration.issues,
      workflows: configuration.workflows, now: Date())
    state = Mutex(seeded)
    webhooks = try WebhookSender()
  }

  package func start() async throws {
    var router = Router()
    JiraIssueEndpoints(sandbox: self).register(in: &router)
    JiraSearchEndpoints(sandbox: self).register(in: &router)
    JiraProjectEndpoints(sandbox: self).register(in: &router)
    JiraCreateMetadataEndpoints(sandbox: self).register(in: &router)
    JiraSiteEndpoints(sandbox: self).register(in: &router)
    JiraPermissionEndpoints(sandbox: self).register(in: &router)
    SandboxRefusal.register(in: &router) { self.refusal = $0 }
    JiraTransitionEndpoints(sandbox: self).register(in: &router)
    JiraBulkEndpoints(sandbox: self).register(in: &router)
    JiraBulkEditEndpoints(sandbox: self).register(in: &router)
    JiraHistoryEndpoints(sandbox: self).register(in: &router)
    JiraCommentEndpoints(sandbox: self).register(in: &router)
    JiraRemoteLinkEndpoints(sandbox: self).register(in: &router)
    JiraPropertyEndpoints(sandbox: self).register(in: &router)
    JiraWebhookEndpoints(sandbox: self).register(in: &router)
    JiraAdminEndpoints(sandbox: self).register(in: &router)
    JiraSettingsEndpoints(sandbox: self).register(in: &router)
    JiraTouchEndpoint(sandbox: self).register(in: &router)
    JiraAccessEndpoints(sandbox: self).register(in: &router)
    JiraAdminPage(sandbox: self).register(in: &router)
    let gate = JiraGatewayGate(sandbox: self)
    try server.start(port: configuration.port, router: router, gate: gate.admit) { error, _ in
      JiraSandbox.refusal([error.detail], status: error.status.code)
    }
  }

  package func stop() async { await server.stop() }

  package var baseURL: String { server.baseURL }

  /// Where tokens with scopes work.
  package var gatewayURL: String { baseURL + JiraGatewayGate.path + cloudID }

  /// Why nobody is let in.
  package var refusal: SandboxRefusal {
    get { refusing.withLock { $0 } }
    set { refusing.withLock { $0 = newValue } }
  }

  /// What the account may not do, as far as it is asked.
  package var lackingPermissions: Set<String> {
    get { state.withLock { $0.lackingPermissions } }
    set { state.withLock { $0.lackingPermissions = newValue } }
  }

  /// Of the tokens that have scopes.
  package var scopes: Set<String> {
    get { state.withLock { $0.scopes } }
    set { state.withLock { $0.scopes = newValue } }
  }

  package var faults: SandboxFaults {
    get { server.faults }
    set { server.faults = newValue }
  }

  package var webhookChaos: WebhookChaos {
    get { webhooks.chaos }
    set { webhooks.chaos = newValue }
  }

  package var stats: SandboxStats { server.stats }
  package func resetStats() { server.resetStats() }

  var json: JiraJSON { JiraJSON(baseURL: baseURL, settings: settings) }

  var settings: JiraSiteSettings {
    get { siteSettings.withLock { $0 } }
    set { siteSettings.withLock { $0 = newValue } }
  }

  /// Issues that carry this label.
  package func issueKeys(label: String) -> [String] {
    state.withLock { state in
      state.issues.values.filter { $0.labels.contains(label) }.map(\.key).sorted()
    }
  }

  /// The addresses that an issue links to.
  package func remoteLinks(of key: String) -> [String] {
    state.withLock { state in
      guard let issue = state.issue(key) else { return [] }
      return (state.remoteLinks[issue.id] ?? []).compactMap { $0.object["url"]?.stringValue }
    }
  }

  /// What validators of workflows say against transitions, by the transitions' names.
  package var refusedTransitions: [String: String] {
    get { state.withLock { $0.refusedTransitions } }
    set { state.withLock { $0.refusedTransitions = newValue } }
  }

  /// Keys of the issues that were linked to this one.
  package func related(to key: String) -> [String] {
    state.withLock { state in
      guard let issue = state.issue(key) else { return [] }
      return state.relations.filter { $0.outward == issue.id }
        .compactMap { state.issues[$0.inward]?.key }
    }
  }

  /// How long reading an issue returns what it was before its last change, in seconds.
  package var readLag: Double {
    get { state.withLock { $0.readLag } }
    set { state.withLock { $0.readLag = newValue } }
  }

  /// Renames a status of a workflow, in all projects that have it; its id stays.
  package func renameStatus(_ id: String, to name: String) {
    state.withLock { state in
      for project in state.projects.keys {
        let index = state.projects[project]?.workflow.statuses.firstIndex { $0.id == id }
        if let index { state.projects[project]?.workflow.statuses[index].name = name }
      }
    }
  }

  package var issueCount: Int { state.withLock { $0.issues.count } }

  /// The name of an issue's status; nil when there is no such issue.
  package func statusName(of key: String) -> String? {
    state.withLock { state in state.issue(key).map { state.status(of: $0).name } }
  }

  /// Jira's ErrorCollection.
  static func refusal(_ messages: [String], errors: [String: String] = [:], status: Int) -> Response
  {
    .json(
      .object([
        "errorMessages": .array(messages.map(JSONValue.string)),
        "errors": .object(errors.mapValues(JSONValue.string)),
      ]), status: status)
  }

  /// Wraps a handler with authentication.
  func authenticated(_ handler: @escaping @Sendable (Request) async throws -> Response) -> Handler {
    let gate = JiraGatewayGate(sandbox: self)
    return { request in
      guard gate.knows(request) else {
        var response = Self.refusal(
          ["Client must be authenticated to access this resource."], status: 401)
        response.headerFields.set("x-seraph-loginreason", "AUTHENTICATED_FAILED")
        response.headerFields.set("WWW-Authenticate", #"OAuth realm="\#(self.baseURL)""#)
        return response
      }
      if let refusal = self.refusalByLimit(request) { return refusal }
      let access = self.state.withLock { $0.access }
      guard access.isTokenExpired else {
        var response = try await JiraViewer.$current.withValue(.service) {
          try await handler(request)
        }
        response.headerFields.set("x-arequestid", UUID().uuidString)
        return response
      }
      var response = try await self.anonymously(request, handler)
      if let reason = access.loginReason {
        response.headerFields.set("x-seraph-loginreason", reason)
      }
      return response
    }
  }

  /// As a visitor who has not signed in is answered: with nothing where anonymous access is possible, as it is for
  /// reading, and with 401 elsewhere.
  private func anonymously(
    _ request: Request, _ handler: @escaping @Sendable (Request) async throws -> Response
  ) async throws -> Response {
    let isRead =
      request.method == .get
      || ["/search/jql", "/approximate-count", "/bulkfetch"].contains { request.path.hasSuffix($0) }
    guard isRead, !request.path.hasSuffix("/myself") else {
      return Self.refusal(["Client must be authenticated to access this resource."], status: 401)
    }
    do {
      return try await JiraViewer.$current.withValue(.anonymous) { try await handler(request) }
    } catch let error as HTTPError {
      return Self.refusal([error.detail], status: error.status.code)
    }
  }

  private func refusalByLimit(_ request: Request) -> Response? {
    guard configuration.hasRealLimits else { return nil }
    var issue: Int64?
    if request.method != .get, let key = request.parameters["key"],
      request.path.hasPrefix("/rest/api/3/issue/")
    {
      issue = state.withLock { $0.issue(key)?.id }
    }
    guard let refusal = limits.refusal(request, issue: issue) else { return nil }
    server.noteLimited(refusal.headerFields.value("RateLimit-Reason") ?? "")
    return refusal
  }

  /// Runs a person's or a client's change, hides it from search for the lag, and tells webhooks.
  func change(_ event: String?, _ id: Int64) {
    let lag = configuration.indexLag / .seconds(1)
    let (hooks, issue) = state.withLock { state in
      if lag > 0 { state.visibleAt[id] = Date(timeIntervalSinceNow: lag) }
      return (state.webhooks, state.issues[id])
    }
    guard let event, let issue else { return }
    send(event, issue, to: hooks)
  }

  /// Tells webhooks of the end of an issue, then ends it.
  func delete(_ issue: SandboxJiraIssue) {
    send("jira:issue_deleted", issue, to: state.withLock { $0.webhooks })
    state.withLock { $0.delete(issue.id) }
  }

  func send(_ event: String, _ issue: SandboxJiraIssue, to hooks: [SandboxJiraWebhook]) {
    for hook in hooks where hook.events.isEmpty || hook.events.contains(event) {
      let body = state.withLock { state in
        JiraWebhookBody.make(event, issue, state, json)
      }
      webhooks.deliver(
        .jira(url: hook.url, secret: hook.secret, body: body.encoded()),
        pauses: configuration.webhookPauses)
    }
  }
}
