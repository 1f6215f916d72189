import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// How large a look-alike site is and who may ask it.
package struct JiraSandboxConfiguration: Sendable {
  package var projects = 5
  package var issues = 200
  package var username = "service@example.com"
  package var apiToken = "sandbox-jira-token"
  /// 0 is any free one.
  package var port = 0
  /// How long search does not see a change.
  package var indexLag: Duration = .zero
  /// Pauses between tries to deliver a webhook.
  package var webhookPauses: [Duration] = [.milliseconds(200), .seconds(1)]

  package init() {}
}

/// A Jira Cloud site on loopback that answers REST v3 as Atlassian documents it, for demonstrations
/// and tests.
package final class JiraSandbox: Sendable {
  package let configuration: JiraSandboxConfiguration
  let state: Mutex<JiraState>
  let server = SandboxServer()
  let webhooks: WebhookSender

  package init(configuration: JiraSandboxConfiguration) throws {
    self.configuration = configuration
    var seeded = JiraState()
    JiraSeed.fill(
      &seeded, projects: configuration.projects, issues: configuration.issues, now: Date())
    state = Mutex(seeded)
    webhooks = try WebhookSender()
  }

  package func start() async throws {
    var router = Router()
    JiraIssueEndpoints(sandbox: self).register(in: &router)
    JiraSearchEndpoints(sandbox: self).register(in: &router)
    JiraProjectEndpoints(sandbox: self).register(in: &router)
    JiraCommentEndpoints(sandbox: self).register(in: &router)
    JiraAdminEndpoints(sandbox: self).register(in: &router)
    try server.start(port: configuration.port, router: router) { error, _ in
      JiraSandbox.refusal([error.detail], status: error.status.code)
    }
  }

  package func stop() async { await server.stop() }

  package var baseURL: String { server.baseURL }

  package var faults: SandboxFaults {
    get { server.faults }
    set { server.faults = newValue }
  }

  package var stats: SandboxStats { server.stats }
  package func resetStats() { server.resetStats() }

  var json: JiraJSON { JiraJSON(baseURL: baseURL) }

  /// Issues that carry this label.
  package func issueKeys(label: String) -> [String] {
    state.withLock { state in
      state.issues.values.filter { $0.labels.contains(label) }.map(\.key).sorted()
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

  /// Wraps a handler with Basic authentication.
  func authenticated(_ handler: @escaping @Sendable (Request) async throws -> Response) -> Handler {
    let expected =
      "Basic "
      + Data("\(configuration.username):\(configuration.apiToken)".utf8).base64EncodedString()
    return { request in
      guard request.headerFields[.authorization] == expected else {
        var response = Self.refusal(
          ["Client must be authenticated to access this resource."], status: 401)
        response.headerFields.set("x-seraph-loginreason", "AUTHENTICATED_FAILED")
        response.headerFields.set("WWW-Authenticate", #"OAuth realm="\#(self.baseURL)""#)
        return response
      }
      var response = try await handler(request)
      response.headerFields.set("x-arequestid", UUID().uuidString)
      return response
    }
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
