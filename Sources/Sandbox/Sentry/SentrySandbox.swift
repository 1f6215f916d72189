import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// How large a look-alike organization is and who may ask it.
package struct SentrySandboxConfiguration: Sendable {
  package var organization = "acme"
  /// The organization's number.
  package var organizationID = "4509001"
  package var projects = 4
  package var issues = 120
  package var authToken = "sandbox-sentry-token"
  package var clientSecret = "sandbox-client-secret"
  /// 0 is any free one.
  package var port = 0
  /// Whether Sentry's limits hold: 5 requests per second on single issues, 40 on everything else.
  package var hasRealLimits = false

  package init() {}
}

/// A Sentry organization on loopback that answers as Sentry documents it, for demonstrations and
/// tests.
package final class SentrySandbox: Sendable {
  package let configuration: SentrySandboxConfiguration
  let state: Mutex<SentryState>
  let server = SandboxServer()
  let webhooks: WebhookSender
  private let limits = SentryLimits()
  private let refusing = Mutex(SandboxRefusal.none)
  private let refusingChanges = Mutex<String?>(nil)

  package init(configuration: SentrySandboxConfiguration) throws {
    self.configuration = configuration
    var seeded = SentryState()
    SentrySeed.fill(
      &seeded, projects: configuration.projects, issues: configuration.issues, now: Date())
    state = Mutex(seeded)
    webhooks = try WebhookSender()
  }

  package func start() async throws {
    var router = Router()
    SentryIssueEndpoints(sandbox: self).register(in: &router)
    SentryEventEndpoints(sandbox: self).register(in: &router)
    SentryCommentEndpoints(sandbox: self).register(in: &router)
    SentryExternalIssueEndpoints(sandbox: self).register(in: &router)
    SentryIntegrationEndpoints(sandbox: self).register(in: &router)
    SentryOrganizationEndpoints(sandbox: self).register(in: &router)
    SentryProjectEndpoints(sandbox: self).register(in: &router)
    SentryHookEndpoints(sandbox: self).register(in: &router)
    SentryTeamEndpoints(sandbox: self).register(in: &router)
    SentryAdminEndpoints(sandbox: self).register(in: &router)
    SandboxRefusal.register(in: &router) { self.refusal = $0 }
    router.on(.post, "/sandbox/refused-changes") { request in
      let body = try await request.body.collect(upTo: 1 << 16)
      self.refusedChanges = body.isEmpty ? nil : String(decoding: body, as: UTF8.self)
      return .noContent
    }
    let gate: SandboxServer.Gate = { self.refusal.response(to: $0) ?? self.refusedChange($0) }
    try server.start(port: configuration.port, router: router, gate: gate) { error, _ in
      SentrySandbox.refusal(error.detail, status: error.status.code)
    }
  }

  /// As of a project without releases whose issues are to be resolved in the next one.
  private func refusedChange(_ request: Request) -> Response? {
    guard request.method == .put, request.path.contains("/issues/"), let body = refusedChanges
    else {
      return nil
    }
    var response = Response.json(.null, status: 400)
    response.body = .bytes(Array(body.utf8))
    return response
  }

  package func stop() async { await server.stop() }

  package var baseURL: String { server.baseURL }

  /// The body of the 400 that changes of issues are answered with; nil changes them.
  package var refusedChanges: String? {
    get { refusingChanges.withLock { $0 } }
    set { refusingChanges.withLock { $0 = newValue } }
  }

  /// Why nobody is let in.
  package var refusal: SandboxRefusal {
    get { refusing.withLock { $0 } }
    set { refusing.withLock { $0 = newValue } }
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

  package var issueCount: Int { state.withLock { $0.issues.count } }

  /// The status of an issue by its id or short id; nil when there is no such issue.
  package func status(of issue: String) -> String? {
    state.withLock { $0.issue(issue)?.status }
  }

  /// The addresses that an issue shows: of external issues, and whole comments.
  package func mentions(at issue: String) -> [String] {
    state.withLock { state in
      guard let issue = state.issue(issue) else { return [] }
      return issue.externalIssues.map(\.webURL) + issue.comments.map(\.text)
    }
  }

  /// Lets the last event of issues be so many days old.
  ///
  /// - Parameter project: a slug; nil: of all projects.
  package func age(days: Int, inProject project: String? = nil) {
    state.withLock { state in
      let ids = state.issues.values
        .filter { project == nil || state.projects[$0.projectID]?.slug == project }.map(\.id)
      for id in ids { state.age(id, days: days) }
    }
  }

  /// Series of events that lists were made to count.
  package var computedSeries: Int { state.withLock { $0.computedSeries } }

  var json: SentryJSON {
    SentryJSON(
      baseURL: baseURL, slug: configuration.organization,
      organizationID: configuration.organizationID)
  }

  /// The issue that a request's path names by id or short id, and its project.
  ///
  /// - Throws: what Sentry answers for what is not there, or may not be seen.
  func issue(_ request: Request) throws -> (SandboxSentryIssue, SandboxSentryProject?) {
    try require(request.method == .get ? "event:read" : "event:write")
    let wanted = request.parameters["issue"] ?? ""
    let isOldPath = request.parameters["org"] == nil
    let (found, settings) = state.withLock { state in
      (state.issue(wanted).map { ($0, state.projects[$0.projectID]) }, state.settings)
    }
    let isKnownPath =
      settings.singleIssues == .both || settings.singleIssues == .old && isOldPath
    guard isKnownPath, let found, found.1?.presence != .deleted else { throw Self.notFound }
    // Whether it may be seen is asked before whether it is about to go.
    guard found.1?.presence != .hidden else { throw Self.notPermitted }
    guard !found.0.isLeaving else { throw Self.notFound }
    return found
  }

  /// The project that a request's path names by id or slug.
  func project(_ request: Request) throws -> SandboxSentryProject {
    let wanted = request.parameters["project"] ?? ""
    guard let project = state.withLock({ $0.project(wanted) }), project.presence != .deleted else {
      throw Self.notFound
    }
    guard project.presence == .visible else { throw Self.notPermitted }
    return project
  }

  /// - Throws: a 403 when the token lacks a scope.
  func require(_ scope: String) throws {
    guard state.withLock({ $0.settings.scopes.contains(scope) }) else { throw Self.notPermitted }
  }

  static let notFound = HTTPError(.notFound, "The requested resource does not exist")
  static let notPermitted = HTTPError(
    .forbidden, "You do not have permission to perform this action.")

  /// As it goes over the wire: `{{half}}` is half of a surrogate pair, which no text in memory holds.
  func wire(_ value: JSONValue) -> [UInt8] {
    let bytes = value.encoded()
    guard state.withLock({ $0.hasHalves }) else { return bytes }
    return Array(String(decoding: bytes, as: UTF8.self).replacing("{{half}}", with: "\\ud83d").utf8)
  }

  func respond(_ value: JSONValue) -> Response {
    var response = Response.json(.null)
    response.body = .bytes(wire(value))
    return response
  }

  static func refusal(_ detail: String, status: Int) -> Response {
    .json(.object(["detail": .string(detail)]), status: status)
  }

  /// Wraps a handler with bearer authentication, the organization's slug and Sentry's limits.
  func authenticated(_ handler: @escaping @Sendable (Request) async throws -> Response) -> Handler {
    let expected = "Bearer \(configuration.authToken)"
    return { [configuration, slug = configuration.organization] request in
      guard let authorization = request.headerFields[.authorization] else {
        return Self.refusal("Authentication credentials were not provided.", status: 401)
      }
      guard authorization == expected else { return Self.refusal("Invalid token", status: 401) }
      if let asked = request.parameters["org"], asked != slug, asked != configuration.organizationID
      {
        return Self.refusal("The requested resource does not exist", status: 404)
      }
      let window = self.takeFromLimit(request)
      var response =
        window.isExceeded ? SentryLimits.refusal(window) : try await handler(request)
      response.headerFields.set("X-Sentry-Rate-Limit-Limit", String(window.limit))
      response.headerFields.set("X-Sentry-Rate-Limit-Remaining", String(window.remaining))
      response.headerFields.set(
        "X-Sentry-Rate-Limit-Reset", String(Int(window.endsAt.timeIntervalSince1970)))
      response.headerFields.set("X-Sentry-Rate-Limit-ConcurrentLimit", "25")
      response.headerFields.set("X-Sentry-Rate-Limit-ConcurrentRemaining", "24")
      return response
    }
  }

  /// What is left for this caller and endpoint; without real limits always the same.
  private func takeFromLimit(_ request: Request) -> SandboxLimiter.Window {
    guard configuration.hasRealLimits else {
      return SandboxLimiter.Window(
        limit: SentryLimits.usual.count, remaining: SentryLimits.usual.count - 1,
        endsAt: Date(timeIntervalSinceNow: 1))
    }
    let window = limits.take(request)
    if window.isExceeded { server.noteLimited("\(window.limit) per second") }
    return window
  }

  /// - Returns: false for a status that Sentry does not know.
  func change(
    _ id: Int64, _ status: String, substatus: String? = nil, details: [String: JSONValue] = [:],
    by cause: SandboxSentryIssue.Cause = .person
  ) -> Bool {
    let stored: String
    let detail: String?
    let activity: String
    var actions = [status]
    switch status {
    case "resolved": (stored, detail, activity) = ("resolved", nil, "set_resolved")
    case "resolvedInNextRelease":
      (stored, detail, activity, actions) = (
        "resolved", nil, "set_resolved_in_release", ["resolved"]
      )
    case "unresolved":
      (stored, detail, activity) = ("unresolved", substatus ?? "ongoing", "set_unresolved")
    case "ignored":
      // Archiving is told under two names.
      (stored, detail, activity, actions) = (
        "ignored", substatus ?? "archived_until_escalating", "set_ignored", ["ignored", "archived"]
      )
    default: return false
    }
    var all = details
    if status == "resolvedInNextRelease" { all["inNextRelease"] = true }
    let changed = state.withLock { [all] state in
      let before = state.issues[id]
      guard before?.status != stored || substatus != nil && before?.substatus != detail else {
        return false
      }
      state.setStatus(id, stored, substatus: detail, activity: activity, by: cause)
      state.issues[id]?.statusDetails = all
      return before?.status != stored
    }
    if changed { tell(actions, id) }
    return true
  }

  /// Tells the webhook of the internal integration.
  ///
  /// - Parameter bySentry: whether Sentry itself did it, not a person or a client.
  func tell(_ actions: [String], _ id: Int64, bySentry: Bool = false) {
    let (hook, found) = state.withLock { state in
      (state.webhook, state.issues[id].map { ($0, state.projects[$0.projectID]) })
    }
    guard let hook, let (issue, project) = found else { return }
    for action in actions {
      let body = JSONValue.object([
        "action": .string(action),
        "actor": bySentry
          ? ["type": "application", "id": "sentry", "name": "Sentry"]
          : ["type": "user", "id": 1, "name": "Ida Keller"],
        "data": .object(["issue": json.issue(issue, project, .changed)]),
        "installation": .object(["uuid": .string("a8e5d37a-696c-4c54-adb5-b3f28d64c7de")]),
      ])
      webhooks.deliver(
        .sentry(url: hook.url, secret: hook.secret, resource: "issue", body: wire(body)),
        pauses: [.seconds(1)])
    }
  }
}
