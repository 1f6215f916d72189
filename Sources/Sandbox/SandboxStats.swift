import Foundation
import RESTClient

/// What a sandbox was asked.
package struct SandboxStats: Sendable {
  /// By "METHOD endpoint".
  package var requests: [String: Int] = [:]
  /// Requests that changed something.
  package var writes = 0
  /// Faults by name.
  package var faults: [String: Int] = [:]
  /// Requests that a vendor's own limit refused, by its name.
  package var limited: [String: Int] = [:]
  /// How long a request may have been on its way before its sender could know of a refusal, in
  /// seconds.
  static let inFlight = 0.2

  /// Requests that came before the `Retry-After` their endpoint was given had passed, those aside
  /// that were on their way already.
  package var impatientRequests = 0
  var held: [String: (since: Date, until: Date)] = [:]

  package var total: Int { requests.values.reduce(0, +) }

  var json: JSONValue {
    .object([
      "total": JSONValue(total), "writes": JSONValue(writes),
      "impatient_requests": JSONValue(impatientRequests),
      "requests": .object(requests.mapValues { JSONValue($0) }),
      "faults": .object(faults.mapValues { JSONValue($0) }),
      "limited": .object(limited.mapValues { JSONValue($0) }),
    ])
  }
}
