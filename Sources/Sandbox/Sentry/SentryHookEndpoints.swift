import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// A service hook of a project. The look-alike keeps them and delivers nothing to them.
struct SandboxServiceHook: Sendable {
  var id: String
  var projectID: Int64
  var url: String
  var events: [String]
  var secret: String
  var created: Date

  var json: JSONValue {
    [
      "id": .string(id), "url": .string(url), "events": .array(events.map(JSONValue.string)),
      "secret": .string(secret), "status": "active",
      "dateCreated": .string(SandboxTime.sentry(created)),
    ]
  }
}

struct SentryHookEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/projects/{org}/{project}/hooks/"
    router.on(.get, base, sandbox.authenticated(list))
    router.on(.post, base, sandbox.authenticated(add))
    router.on(.get, base + "{hook}/") { request in
      try await sandbox.authenticated { .json(try find($0).json) }(request)
    }
    router.on(.put, base + "{hook}/", sandbox.authenticated(update))
    router.on(.delete, base + "{hook}/", sandbox.authenticated(delete))
  }

  private func find(_ request: Request) throws -> SandboxServiceHook {
    let project = try sandbox.project(request)
    let hook = sandbox.state.withLock { state in
      state.hooks.first { $0.id == request.parameters["hook"] && $0.projectID == project.id }
    }
    guard let hook else { throw HTTPError(.notFound, "The requested resource does not exist") }
    return hook
  }

  private func list(_ request: Request) async throws -> Response {
    let project = try sandbox.project(request)
    let hooks = sandbox.state.withLock { $0.hooks.filter { $0.projectID == project.id } }
    return SentryPage.respond(hooks.map(\.json), request, sandbox.baseURL)
  }

  private func given(_ request: Request) async throws -> (url: String, events: [String])? {
    let body = try await request.json()
    let events = (body?["events"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard let url = body?["url"]?.stringValue, url.contains("://"), !events.isEmpty,
      Set(events).isSubset(of: ["event.alert", "event.created"])
    else { return nil }
    return (url, events)
  }

  private static var invalid: Response {
    .json(["events": ["Choose of event.alert and event.created, and give a url."]], status: 400)
  }

  private func add(_ request: Request) async throws -> Response {
    let project = try sandbox.project(request)
    guard let (url, events) = try await given(request) else { return Self.invalid }
    func random() -> String { UUID().uuidString.lowercased().replacing("-", with: "") }
    let hook = SandboxServiceHook(
      id: random(), projectID: project.id, url: url, events: events, secret: random() + random(),
      created: Date())
    sandbox.state.withLock { $0.hooks.append(hook) }
    return .json(hook.json, status: 201)
  }

  private func update(_ request: Request) async throws -> Response {
    var hook = try find(request)
    guard let (url, events) = try await given(request) else { return Self.invalid }
    (hook.url, hook.events) = (url, events)
    sandbox.state.withLock { [hook] state in
      state.hooks = state.hooks.map { $0.id == hook.id ? hook : $0 }
    }
    return .json(hook.json)
  }

  private func delete(_ request: Request) async throws -> Response {
    let hook = try find(request)
    sandbox.state.withLock { $0.hooks.removeAll { $0.id == hook.id } }
    return .noContent
  }
}
