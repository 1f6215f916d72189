package import RESTClient

/// Asks a vendor who we are, and says what to do when it refuses.
package protocol ConnectionTest: Sendable {
  var organizations: OrganizationStore { get }

  /// Asks the vendor.
  ///
  /// - Throws: what kept it from answering.
  func connect(_ organization: Organization) async throws -> ConnectionTestResult

  /// What to look at when the vendor refuses with this status; nil when its words say it all.
  func advice(for status: Int?) -> String?
}

package struct ConnectionTestResult: Sendable {
  var status = ConnectionStatus.connected
  package var message: String
  var account = JSONValue.null
  var server = JSONValue.null
  var latencyMilliseconds = 0

  package var isConnected: Bool { status == .connected }

  package var json: JSONValue {
    .object([
      "status": .string(status.rawValue), "message": .string(message), "account": account,
      "server": server, "latency_ms": JSONValue(latencyMilliseconds),
    ])
  }
}

extension ConnectionTest {
  /// Tests the connection and notes the outcome at the organization.
  package func run(_ organization: Organization) async throws -> ConnectionTestResult {
    let start = ContinuousClock.now
    var result = await outcome(organization)
    result.latencyMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    try await organizations.noteConnection(
      organization.id, result.status, error: result.isConnected ? nil : result.message)
    return result
  }

  private func outcome(_ organization: Organization) async -> ConnectionTestResult {
    do {
      return try await connect(organization)
    } catch let problem as Problem {
      return ConnectionTestResult(status: .failed, message: problem.detail)
    } catch let error as RESTError {
      let isRefused = error.status == 401 || error.status == 403
      let sentences = [error.sentence, advice(for: error.status)]
      return ConnectionTestResult(
        status: isRefused ? .unauthorized : .failed,
        message: sentences.compactMap(\.self).joined(separator: " "))
    } catch {
      return ConnectionTestResult(
        status: .failed, message: "The test could not be done: \(error)")
    }
  }
}
