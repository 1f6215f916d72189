import JiraClient
import RESTClient

struct JiraConnectionTest: ConnectionTest {
  let organizations: OrganizationStore
  let clients: JiraClients

  func connect(_ organization: Organization) async throws -> ConnectionTestResult {
    let client = try clients.client(of: organization)
    let account = try await client.myself()
    let server = try await client.serverInfo()
    try await organizations.noteSite(organization.id, server.baseURL)
    return ConnectionTestResult(
      message: "Connected to \(server.baseURL) as \(account.displayName).",
      account: .object([
        "account_id": .string(account.accountID), "display_name": .string(account.displayName),
      ]),
      server: .object([
        "base_url": .string(server.baseURL), "deployment_type": JSONValue(server.deploymentType),
        "version": JSONValue(server.version),
      ]))
  }

  func advice(for status: Int?) -> String? {
    guard status == 401 || status == 403 else { return nil }
    return "Check that username is the account's e-mail address and that api_token is a current "
      + "API token of that account (they expire within a year)."
  }
}
