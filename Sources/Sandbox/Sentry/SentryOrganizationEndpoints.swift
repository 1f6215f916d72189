import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// The organization.
struct SentryOrganizationEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    router.on(.get, "/api/0/", sandbox.authenticated(index))
    router.on(
      .get, "/api/0/organizations/",
      sandbox.authenticated { request in
        SentryPage.respond([sandbox.json.organization()], request, sandbox.baseURL)
      })
    router.on(
      .get, "/api/0/organizations/{org}/",
      sandbox.authenticated { _ in .json(sandbox.json.organization()) })
  }

  /// What a token is good for.
  private func index(_ request: Request) async throws -> Response {
    let scopes = sandbox.state.withLock { $0.settings.scopes.sorted() }
    return .json([
      "version": "0", "auth": ["scopes": .array(scopes.map(JSONValue.string))], "user": .null,
    ])
  }
}
