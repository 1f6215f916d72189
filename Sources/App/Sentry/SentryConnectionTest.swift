import RESTClient
import SentryClient

struct SentryConnectionTest: ConnectionTest {
  let organizations: OrganizationStore
  let clients: SentryClients

  func connect(_ organization: Organization) async throws -> ConnectionTestResult {
    let found = try await clients.client(of: organization).organization()
    return ConnectionTestResult(
      message: "Connected to the Sentry organization \(found.name).",
      account: .object(["account_id": .null, "display_name": .string(found.name)]),
      server: .object([
        "base_url": .string(organization.baseURL), "deployment_type": .null, "version": .null,
      ]))
  }

  func advice(for status: Int?) -> String? {
    switch status {
    case 401, 403:
      "Check that auth_token is an internal integration's token of this organization with the "
        + "scopes org:read, project:read, event:read and event:write."
    case 404:
      "Check slug and base_url: the organization may live in another region, for example "
        + "https://de.sentry.io."
    default: nil
    }
  }
}
