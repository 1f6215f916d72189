package import RESTClient
import SentryClient

/// Asks Sentry for the organization, and says what to do when it refuses.
package struct SentryConnectionTest: Sendable {
  package struct Result: Sendable {
    var status: ConnectionStatus
    package var message: String
    var organizationName: String?
    var baseURL: String
    var latencyMilliseconds: Int

    package var isConnected: Bool { status == .connected }
  }

  let organizations: SentryOrganizationStore
  let clients: SentryClients

  /// Tests the connection and notes the outcome at the organization.
  package func run(_ organization: SentryOrganization) async throws -> Result {
    let start = ContinuousClock.now
    var result = await ask(organization)
    result.latencyMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    try await organizations.noteConnection(
      organization.id, result.status, error: result.isConnected ? nil : result.message)
    return result
  }

  private func ask(_ organization: SentryOrganization) async -> Result {
    func outcome(_ status: ConnectionStatus, _ message: String, _ name: String? = nil) -> Result {
      Result(
        status: status, message: message, organizationName: name, baseURL: organization.baseURL,
        latencyMilliseconds: 0)
    }
    do {
      let found = try await clients.client(of: organization).organization()
      return outcome(
        .connected, "Connected to the Sentry organization \(found.name).", found.name)
    } catch let problem as Problem {
      return outcome(.failed, problem.detail)
    } catch let error as RESTError where error.status == 401 || error.status == 403 {
      return outcome(
        .unauthorized,
        "\(error.sentence) Check that auth_token is an internal integration's token of this "
          + "organization with the scopes org:read, project:read, event:read and event:write.")
    } catch let error as RESTError where error.status == 404 {
      return outcome(
        .failed,
        "\(error.sentence) Check slug and base_url: the organization may live in another region, "
          + "for example https://de.sentry.io.")
    } catch let error as RESTError {
      return outcome(.failed, error.sentence)
    } catch {
      return outcome(.failed, "The test could not be done: \(error)")
    }
  }
}

extension SentryConnectionTest.Result {
  package var json: JSONValue {
    .object([
      "status": .string(status.rawValue), "message": .string(message),
      "account": organizationName.map {
        .object(["account_id": .null, "display_name": .string($0)])
      } ?? .null,
      "server": isConnected
        ? .object([
          "base_url": .string(baseURL), "deployment_type": .null, "version": .null,
        ]) : .null,
      "latency_ms": JSONValue(latencyMilliseconds),
    ])
  }
}
