package import RESTClient

/// Asks a vendor who we are and what we may do, and says what to do when it refuses.
package protocol ConnectionTest: Sendable {
  var connections: Connections { get }
  var vendor: Vendor { get }

  /// Asks the vendor.
  ///
  /// - Throws: what kept it from answering.
  func connect(_ organization: Organization) async throws -> ConnectionTestResult
}

/// Something that the credentials do not allow.
package struct MissingPermission: Sendable, Equatable {
  /// As the vendor calls it, for example `TRANSITION_ISSUES` or `event:write`.
  var name: String
  var neededFor: String

  var json: JSONValue { ["name": .string(name), "needed_for": .string(neededFor)] }
}

package struct ConnectionTestResult: Sendable {
  var status = ConnectionStatus.connected
  package var message: String
  var account = JSONValue.null
  var server = JSONValue.null
  var missingPermissions: [MissingPermission] = []
  /// What else deserves attention.
  var warnings: [String] = []
  var latencyMilliseconds = 0

  package var isConnected: Bool { status == .connected }
  /// Whether nothing is left for a person to do.
  package var isWell: Bool { isConnected && missingPermissions.isEmpty }

  package var json: JSONValue {
    .object([
      "status": .string(status.rawValue), "message": .string(message), "account": account,
      "server": server, "missing_permissions": .array(missingPermissions.map(\.json)),
      "warnings": .array(warnings.map(JSONValue.string)),
      "latency_ms": JSONValue(latencyMilliseconds),
    ])
  }

  /// Adds to the message what is missing and what deserves attention.
  mutating func conclude() {
    if !missingPermissions.isEmpty {
      let list = missingPermissions.map { "\($0.name) (needed for \($0.neededFor))" }
      message += " Missing: \(list.joined(separator: ", "))."
    }
    if !warnings.isEmpty { message += " " + warnings.joined(separator: " ") }
  }
}

extension ConnectionTest {
  package var organizations: OrganizationStore { connections.store(of: vendor) }

  /// Tests the connection and notes the outcome at the organization.
  package func run(_ organization: Organization) async throws -> ConnectionTestResult {
    let start = ContinuousClock.now
    var result = try await outcome(organization)
    result.conclude()
    result.latencyMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    try await organizations.noteConnection(
      organization.id, result.status, error: result.isConnected ? nil : result.message)
    return result
  }

  private func outcome(_ organization: Organization) async throws -> ConnectionTestResult {
    do {
      return try await connect(organization)
    } catch let problem as Problem {
      return ConnectionTestResult(status: .failed, message: problem.detail)
    } catch let error as RESTError {
      let failure = await connections.explain(error, of: organization)
      return ConnectionTestResult(
        status: failure.fault?.status ?? .failed, message: failure.sentence)
    }
  }
}
