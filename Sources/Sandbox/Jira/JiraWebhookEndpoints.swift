import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Webhooks of the administration page: the ones a service with an API token can have.
struct JiraWebhookEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/webhooks/1.0/webhook"
    router.on(.get, path, sandbox.authenticated(webhooks))
    router.on(.post, path, sandbox.authenticated(addWebhook))
    router.on(.delete, path + "/{id}", sandbox.authenticated(deleteWebhook))
  }

  private func webhooks(_ request: Request) async throws -> Response {
    let hooks = sandbox.state.withLock { $0.webhooks }
    return .json(.array(hooks.map(json)))
  }

  private func json(_ hook: SandboxJiraWebhook) -> JSONValue {
    .object([
      "name": .string("webhook \(hook.id)"), "url": .string(hook.url), "enabled": .bool(true),
      "events": .array(hook.events.map(JSONValue.string)),
      "isSigned": .bool(hook.secret != nil),
      "self": .string("\(sandbox.baseURL)/rest/webhooks/1.0/webhook/\(hook.id)"),
    ])
  }

  private func addWebhook(_ request: Request) async throws -> Response {
    guard let body = try await request.json(), let url = body["url"]?.stringValue else {
      return JiraSandbox.refusal(["A webhook needs a url."], status: 400)
    }
    let hook = sandbox.state.withLock { state in
      let hook = SandboxJiraWebhook(
        id: state.makeID(), url: url, secret: body["secret"]?.stringValue,
        events: (body["events"]?.arrayValue ?? []).compactMap(\.stringValue))
      state.webhooks.append(hook)
      return hook
    }
    return .json(json(hook), status: 201)
  }

  private func deleteWebhook(_ request: Request) async throws -> Response {
    let id = Int64(request.parameters["id"] ?? "")
    sandbox.state.withLock { $0.webhooks.removeAll { $0.id == id } }
    return .noContent
  }
}
