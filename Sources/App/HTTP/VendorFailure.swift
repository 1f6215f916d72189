import JobQueue
package import RESTClient

/// A vendor's refusal or silence, kept with the vendor's own words.
package struct VendorFailure: Error, Sendable {
  package var vendor: Vendor
  package var error: RESTError
}

/// Runs calls to a vendor and marks what they throw with the vendor's name.
func asking<T: Sendable>(
  _ vendor: Vendor, _ body: () async throws -> T
) async throws -> T {
  do {
    return try await body()
  } catch let error as RESTError {
    throw VendorFailure(vendor: vendor, error: error)
  }
}

/// A job that a vendor's limit stops continues when it ends, without a failed attempt.
extension VendorFailure: DelayedError {
  package var retryDelay: Duration? {
    if case .rateLimited(let seconds) = error.kind { return .seconds(max(1, seconds)) }
    return nil
  }
}

extension VendorFailure {
  /// One sentence with the vendor's words and what to do, for logs of syncs and links.
  package var sentence: String { "\(vendor.title): \(error.sentence)" }

  /// 504 for a time-out, 503 while a rate limit holds, else 502.
  var problem: Problem {
    var problem: Problem
    switch error.kind {
    case .timeout:
      problem = Problem(504, "vendor-timeout", "\(vendor.title) did not answer in time", sentence)
    case .rateLimited(let delay):
      problem = Problem(503, "vendor-rate-limited", "\(vendor.title) limits requests", sentence)
      problem.headerFields = [("Retry-After", String(max(1, Int(delay.rounded(.up)))))]
    default:
      problem = Problem(502, "vendor-failed", "\(vendor.title) refused or failed", sentence)
    }
    var detail: [String: JSONValue] = ["name": .string(vendor.rawValue)]
    detail["status"] = error.status.map { JSONValue($0) } ?? .null
    detail["body"] = error.bodyValue
    problem.members["vendor"] = .object(detail)
    return problem
  }
}
