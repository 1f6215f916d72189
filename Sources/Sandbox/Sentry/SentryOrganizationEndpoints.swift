import HTTPServer
import HTTPTypes
import RESTClient

/// The organization.
struct SentryOrganizationEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    router.on(
      .get, "/api/0/organizations/",
      sandbox.authenticated { request in
        SentryPage.respond([sandbox.json.organization()], request, sandbox.baseURL)
      })
    router.on(
      .get, "/api/0/organizations/{org}/",
      sandbox.authenticated { _ in .json(sandbox.json.organization()) })
  }
}
