import JiraClient
import RESTClient

struct JiraConnectionTest: ConnectionTest {
  let connections: Connections
  let clients: JiraClients

  var vendor: Vendor { .jira }

  /// What the service does in Jira, by the permission that allows it.
  private static let needs = [
    MissingPermission(name: "BROWSE_PROJECTS", neededFor: "reading projects and tickets"),
    MissingPermission(name: "CREATE_ISSUES", neededFor: "creating tickets"),
    MissingPermission(name: "EDIT_ISSUES", neededFor: "changing tickets"),
    MissingPermission(name: "TRANSITION_ISSUES", neededFor: "carrying statuses over to tickets"),
    MissingPermission(name: "ASSIGN_ISSUES", neededFor: "assigning tickets"),
    MissingPermission(name: "ADD_COMMENTS", neededFor: "adding comments"),
    MissingPermission(
      name: "LINK_ISSUES", neededFor: "showing the Sentry issue at its ticket"),
  ]

  func connect(_ organization: Organization) async throws -> ConnectionTestResult {
    let client = try clients.client(of: organization)
    let account = try await client.myself()
    let server = try await client.serverInfo()
    let siteID = await JiraGateway.cloudID(of: organization.baseURL, connections.transport)
    try await organizations.noteSite(
      organization, SiteIdentity(id: siteID), url: server.baseURL)
    var result = ConnectionTestResult(
      message: "Connected to \(server.baseURL) as \(account.displayName).",
      account: .object([
        "account_id": .string(account.accountID), "display_name": .string(account.displayName),
      ]),
      server: .object([
        "base_url": .string(server.baseURL), "deployment_type": JSONValue(server.deploymentType),
        "version": JSONValue(server.version),
      ]))
    try await checkPermissions(client, &result)
    return result
  }

  /// In any project: which projects each is granted in is seen only there.
  private func checkPermissions(_ client: JiraClient, _ result: inout ConnectionTestResult)
    async throws
  {
    do {
      let granted = try await client.grantedPermissions(among: Self.needs.map(\.name))
      result.missingPermissions = Self.needs.filter { !granted.contains($0.name) }
    } catch let error as RESTError where ![401, 403].contains(error.status) {
      result.warnings.append("The account's permissions could not be checked: \(error.sentence)")
    }
    if result.missingPermissions.contains(Self.needs[0]) {
      result.status = .unauthorized
      result.message =
        "Jira accepts the account \(result.account["display_name"]?.stringValue ?? ""), but shows it no "
        + "project: grant it the permission Browse projects."
    }
  }
}
