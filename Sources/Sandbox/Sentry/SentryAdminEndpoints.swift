import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// What a person does in Sentry's pages, and what a test does to it. See docs/sandbox.md.
struct SentryAdminEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    router.on(.get, "/sandbox", page)
    router.on(.get, "/organizations/{org}/issues/{issue}/", page)
    router.on(.get, "/sandbox/stats") { _ in .json(sandbox.stats.json) }
    router.on(.post, "/sandbox/stats/reset") { _ in
      sandbox.resetStats()
      return .noContent
    }
    router.on(.post, "/sandbox/webhook-chaos") { request in
      sandbox.webhooks.chaos = WebhookChaos(json: try await request.json() ?? .null)
      return .noContent
    }
    router.on(.post, "/sandbox/faults") { request in
      sandbox.faults = SandboxFaults(json: try await request.json() ?? .null)
      return .noContent
    }
    router.on(.post, "/sandbox/issues/{issue}/status", setStatus)
    router.on(.post, "/sandbox/issues/{issue}/timer", runTimer)
    router.on(.post, "/sandbox/issues/{issue}/events", addEvent)
    router.on(.post, "/sandbox/issues/{issue}/merge", merge)
    router.on(.post, "/sandbox/issues/{issue}/delete") { request in
      let issue = try find(request)
      sandbox.state.withLock { $0.remove(issue.id) }
      return .noContent
    }
    router.on(.post, "/sandbox/issues/{issue}/assign", assign)
    router.on(.post, "/sandbox/issues/{issue}/age", age)
    router.on(.post, "/sandbox/issues/{issue}/members", setMembers)
    router.on(.post, "/sandbox/projects/{project}", changeProject)
    router.on(.post, "/sandbox/settings") { request in
      let settings = SentrySettings(json: try await request.json() ?? .null)
      sandbox.state.withLock { $0.settings = settings }
      return .noContent
    }
    router.on(.post, "/sandbox/issues/{issue}/comment", comment)
    router.on(.post, "/sandbox/apps", install)
    router.on(.post, "/sandbox/installation", changeInstallation)
    router.on(.post, "/sandbox/issues/{issue}/app-issues", showTicket)
    router.on(.post, "/sandbox/issues", raise)
    router.on(.post, "/sandbox/webhook", setWebhook)
    router.on(.get, "/sandbox/issues/{issue}") { request in answer(try find(request).id) }
  }

  private func find(_ request: Request) throws -> SandboxSentryIssue {
    let wanted = request.parameters["issue"] ?? ""
    guard let issue = sandbox.state.withLock({ $0.issue(wanted) }) else {
      throw HTTPError(.notFound, "There is no issue '\(wanted)'.")
    }
    return issue
  }

  private func values(_ request: Request, _ names: String...) async throws -> [String?] {
    let bytes = try await request.body.collect(upTo: 1 << 20)
    let json = try? JSONValue(parsing: bytes)
    return names.map { json?[$0]?.stringValue ?? formValue($0, in: bytes) }
  }

  private func answer(_ id: Int64) -> Response {
    sandbox.state.withLock { state in
      guard let issue = state.issues[id] else { return .noContent }
      return .json(
        .object([
          "id": .string(String(id)), "short_id": .string(issue.shortID),
          "status": .string(issue.status), "substatus": JSONValue(issue.substatus),
        ]))
    }
  }

  /// `{"to":"tomas"}`: also an e-mail address, `#team`; nobody when empty.
  private func assign(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let to = try await values(request, "to")[0] ?? ""
    if let refusal = sandbox.update([issue.id], ["assignedTo": .string(to)]) { return refusal }
    if !to.isEmpty, issue.owner == nil { sandbox.tell(["assigned"], issue.id) }
    return answer(issue.id)
  }

  /// `{"days":"95"}`: its last event was so long ago.
  private func age(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let body = try await request.json()
    guard let days = body?["days"]?.wholeNumber, days >= 0 else {
      return SentrySandbox.refusal("Give a number of days.", status: 400)
    }
    sandbox.state.withLock { $0.age(issue.id, days: days) }
    return answer(issue.id)
  }

  /// `{"level":"unknown","lastSeen":null,"title":"cut {{half}}","status":"{{missing}}"}`: written so,
  /// whatever they would be otherwise.
  private func setMembers(_ request: Request) async throws -> Response {
    let issue = try find(request)
    guard case .object(let members)? = try await request.json() else {
      return SentrySandbox.refusal("Give the members.", status: 400)
    }
    let holdsHalf = String(decoding: JSONValue.object(members).encoded(), as: UTF8.self)
      .contains("{{half}}")
    sandbox.state.withLock { state in
      state.issues[issue.id]?.overrides = members
      state.hasHalves = state.hasHalves || holdsHalf
    }
    return answer(issue.id)
  }

  /// `{"slug":"shop","name":"Shop","presence":"hidden"}`: any of them; `presence` is `visible`,
  /// `hidden` (the token lost access) or `deleted`.
  private func changeProject(_ request: Request) async throws -> Response {
    let given = try await values(request, "slug", "name", "presence")
    let presence = given[2].map(SandboxSentryProject.Presence.init)
    guard presence == nil || presence.flatMap(\.self) != nil else {
      return SentrySandbox.refusal("There is no such presence.", status: 400)
    }
    let isKnown = sandbox.state.withLock { state in
      guard var project = state.project(request.parameters["project"] ?? "") else { return false }
      project.slug = given[0] ?? project.slug
      project.name = given[1] ?? project.name
      project.presence = presence.flatMap(\.self) ?? project.presence
      state.projects[project.id] = project
      return true
    }
    guard isKnown else { return SentrySandbox.refusal("There is no such project.", status: 404) }
    return .noContent
  }

  /// `{"status":"resolved"}`: also `unresolved`, `ignored`, `resolvedInNextRelease`, with a
  /// `substatus` if given; and what Sentry sets by itself: `pending_deletion`, `pending_merge`,
  /// `reprocessing`.
  private func setStatus(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let given = try await values(request, "status", "substatus")
    let status = given[0] ?? ""
    if ["pending_deletion", "pending_merge", "reprocessing"].contains(status) {
      sandbox.state.withLock { $0.issues[issue.id]?.status = status }
      return answer(issue.id)
    }
    guard sandbox.change(issue.id, status, substatus: given[1]) else {
      return SentrySandbox.refusal("There is no status '\(status)'.", status: 400)
    }
    return answer(issue.id)
  }

  /// The error happens again; a resolved issue regresses.
  private func addEvent(_ request: Request) async throws -> Response {
    let issue = try find(request)
    if sandbox.state.withLock({ $0.addEvent(issue.id) }) {
      sandbox.tell(["unresolved"], issue.id, bySentry: true)
    }
    return answer(issue.id)
  }

  /// `{"timer":"resolve_by_age"}`: also `set_ongoing`.
  private func runTimer(_ request: Request) async throws -> Response {
    let issue = try find(request)
    guard let timer = try await values(request, "timer")[0].flatMap(SentryTimer.init) else {
      let names = SentryTimer.allCases.map(\.rawValue).joined(separator: ", ")
      return SentrySandbox.refusal("There are the timers \(names).", status: 400)
    }
    if let action = sandbox.state.withLock({ $0.runTimer(issue.id, timer) }) {
      sandbox.tell([action], issue.id, bySentry: true)
    }
    return answer(issue.id)
  }

  /// `{"into":"WEB-SHOP-2"}`: no webhook tells of it.
  private func merge(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let wanted = try await values(request, "into")[0] ?? ""
    guard let other = sandbox.state.withLock({ $0.issue(wanted) }) else {
      return SentrySandbox.refusal("There is no issue '\(wanted)'.", status: 400)
    }
    sandbox.state.withLock { $0.merge(issue.id, into: other.id) }
    return answer(other.id)
  }

  /// `{"text":"…"}`
  private func comment(_ request: Request) async throws -> Response {
    let issue = try find(request)
    guard let text = try await values(request, "text")[0], !text.isEmpty else {
      return SentrySandbox.refusal("Give a text.", status: 400)
    }
    sandbox.state.withLock { state in
      let note = SandboxSentryNote(id: state.makeID(), text: text, date: Date())
      state.issues[issue.id]?.comments.append(note)
    }
    return answer(issue.id)
  }

  /// `{"app":"planner"}`: an app of another vendor, beside our own integration.
  /// `{"installed":false}`: as a token without an internal integration finds it.
  private func changeInstallation(_ request: Request) async throws -> Response {
    let isInstalled = try await request.json()?["installed"] != .bool(false)
    sandbox.state.withLock { $0.isInstalled = isInstalled }
    return .noContent
  }

  private func install(_ request: Request) async throws -> Response {
    guard let slug = try await values(request, "app")[0], !slug.isEmpty else {
      return SentrySandbox.refusal("Give the app's name.", status: 400)
    }
    sandbox.state.withLock { state in
      guard !state.otherApps.contains(where: { $0.slug == slug }) else { return }
      let installation = UUID().uuidString.lowercased()
      state.otherApps.append(SandboxSentryApp(slug: slug, installation: installation))
    }
    return .noContent
  }

  /// `{"app":"planner","url":"https://…","name":"WEB#1"}`: another app shows a ticket at an issue.
  private func showTicket(_ request: Request) async throws -> Response {
    let issue = try find(request)
    let given = try await values(request, "app", "url", "name")
    guard let app = given[0], let url = given[1] else {
      return SentrySandbox.refusal("Give an app and a url.", status: 400)
    }
    _ = sandbox.state.withLock { $0.show(given[2] ?? url, url, by: app, at: issue.id) }
    return answer(issue.id)
  }

  /// `{"title":"…","level":"error","project":"web-shop","shape":"native"}`; `issue` and `event` are
  /// members of Sentry's JSON in place of the shape's.
  private func raise(_ request: Request) async throws -> Response {
    let bytes = try await request.body.collect(upTo: 4 << 20)
    let json = try? JSONValue(parsing: bytes)
    func given(_ name: String) -> String? { json?[name]?.stringValue ?? formValue(name, in: bytes) }
    guard let shape = SentryEventShape(rawValue: given("shape") ?? "exception") else {
      let known = SentryEventShape.allCases.map(\.rawValue).joined(separator: ", ")
      return SentrySandbox.refusal("There is no such shape; there are \(known).", status: 400)
    }
    let project = sandbox.state.withLock { state in
      given("project").flatMap(state.project) ?? state.projects.values.min { $0.id < $1.id }
    }
    guard let project, let title = given("title") ?? shape.title else {
      return SentrySandbox.refusal("Give a title, and a project that exists.", status: 400)
    }
    var members = SentryEventShape.Members()
    if case .object(let issue)? = json?["issue"] { members.issue = issue }
    if case .object(let event)? = json?["event"] { members.event = event }
    let issue = sandbox.state.withLock { [members] in
      $0.raise(
        title, level: given("level") ?? "error", project: project, shape: shape, members: members)
    }
    sandbox.tell(["created"], issue.id)
    return answer(issue.id)
  }

  /// `{"url":"http://127.0.0.1:8080/webhooks/sentry/1"}`; signed with the client secret.
  private func setWebhook(_ request: Request) async throws -> Response {
    let url = try await values(request, "url")[0]
    let secret = sandbox.configuration.clientSecret
    sandbox.state.withLock { $0.webhook = url.map { ($0, secret) } }
    return .noContent
  }

  private func page(_ request: Request) async throws -> Response {
    let wanted = request.parameters["issue"]
    let rows = sandbox.state.withLock { state -> [String] in
      let issues =
        wanted.map { [state.issue($0)].compactMap(\.self) }
        ?? Array(state.issues.values.sorted { $0.lastSeen > $1.lastSeen }.prefix(100))
      return issues.map(Self.row)
    }
    return .html(
      sandboxPage("Sentry sandbox", ["Id", "Title", "Level", "Status", "Events", "Set to"], rows))
  }

  private static func row(_ issue: SandboxSentryIssue) -> String {
    let buttons = ["resolved", "unresolved", "ignored"].map { status in
      "<form method=post action=\"/sandbox/issues/\(issue.id)/status\">"
        + "<button name=status value=\(status)>\(status)</button></form>"
    }
    return "<tr><td>\(issue.shortID)<td>\(escaped(issue.title))<td>\(issue.level)"
      + "<td>\(issue.status)<td>\(issue.count)<td>\(buttons.joined())"
      + "<form method=post action=\"/sandbox/issues/\(issue.id)/events\">"
      + "<button>happens again</button></form>"
  }
}
