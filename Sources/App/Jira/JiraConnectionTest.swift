import JiraClient
package import RESTClient

/// Asks Jira who we are, and says what to do when it refuses.
package struct JiraConnectionTest: Sendable {
  package struct Result: Sendable {
    var status: ConnectionStatus
    package var message: String
    var account: JiraAccount?
    var server: JiraServerInfo?
    var latencyMilliseconds: Int

    package var isConnected: Bool { status == .connected }
  }

  let organizations: JiraOrganizationStore
  let clients: JiraClients

  /// Tests the connection and notes the outcome at the organization.
  package func run(_ organization: JiraOrganization) async throws -> Result {
    let start = ContinuousClock.now
    var result = await ask(organization)
    result.latencyMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    try await organizations.noteConnection(
      organization.id, result.status,
      error: result.isConnected ? nil : result.message, siteURL: result.server?.baseURL)
    return result
  }

  private func ask(_ organization: JiraOrganization) async -> Result {
    do {
      let client = try clients.client(of: organization)
      let account = try await client.myself()
      let server = try await client.serverInfo()
      return Result(
        status: .connected,
        message: "Connected to \(server.baseURL) as \(account.displayName).",
        account: account, server: server, latencyMilliseconds: 0)
    } catch let problem as Problem {
      return failure(.failed, problem.detail)
    } catch let error as RESTError where error.status == 401 || error.status == 403 {
      return failure(
        .unauthorized,
        "\(error.sentence) Check that username is the account's e-mail address and that api_token "
          + "is a current API token of that account (they expire within a year).")
    } catch let error as RESTError {
      return failure(.failed, error.sentence)
    } catch {
      return failure(.failed, "The test could not be done: \(error)")
    }
  }

  private func failure(_ status: ConnectionStatus, _ message: String) -> Result {
    Result(status: status, message: message, account: nil, server: nil, latencyMilliseconds: 0)
  }
}

extension JiraConnectionTest.Result {
  package var json: JSONValue {
    .object([
      "status": .string(status.rawValue), "message": .string(message),
      "account": account.map {
        .object([
          "account_id": .string($0.accountID), "display_name": .string($0.displayName),
        ])
      } ?? .null,
      "server": server.map {
        .object([
          "base_url": .string($0.baseURL), "deployment_type": JSONValue($0.deploymentType),
          "version": JSONValue($0.version),
        ])
      } ?? .null,
      "latency_ms": JSONValue(latencyMilliseconds),
    ])
  }
}
