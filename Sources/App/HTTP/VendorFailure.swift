import JobQueue
package import RESTClient

/// A vendor's refusal or silence, kept with the vendor's own words.
package struct VendorFailure: Error, Sendable, CustomStringConvertible {
  package var vendor: Vendor
  package var error: RESTError
  /// What is known of the organization; makes the advice exact.
  var context: ConnectionContext

  init(vendor: Vendor, error: RESTError, context: ConnectionContext? = nil) {
    self.vendor = vendor
    self.error = error
    self.context = context ?? ConnectionContext(vendor: vendor, baseURL: error.baseURL)
  }
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
  package var description: String { sentence }

  /// Why the connection failed; nil when it did not.
  var fault: ConnectionFault? { ConnectionFault(vendor, error) }

  /// The vendor's words and what to do: for answers, syncs, links and jobs.
  package var sentence: String {
    let advice = fault?.advice(context).map { " \($0)" } ?? ""
    return "\(vendor.title): \(error.sentence)\(advice)"
  }

  /// 504 for a time-out, 503 while a rate limit holds, else 502.
  var problem: Problem {
    var problem: Problem
    switch error.kind {
    case .timeout:
      problem = Problem(504, "vendor-timeout", "\(vendor.title) did not answer in time", sentence)
    case .rateLimited(let delay):
      problem = Problem(503, "vendor-rate-limited", "\(vendor.title) limits requests", sentence)
      let seconds = delay < 1e9 ? max(1, Int(delay.rounded(.up))) : 1_000_000_000
      problem.headerFields = [("Retry-After", String(seconds))]
    default:
      problem = Problem(502, "vendor-failed", "\(vendor.title) refused or failed", sentence)
    }
    problem.members["vendor"] = member
    return problem
  }

  /// The vendor's answer, for the problem's member `vendor`.
  private var member: JSONValue {
    [
      "name": .string(vendor.rawValue), "status": error.status.map { JSONValue($0) } ?? .null,
      // A web page is of no use to a program.
      "body": error.isWebPage ? JSONValue(error.vendorWords) : error.bodyValue,
    ]
  }
}

/// Where the values that a vendor may refuse stand in a request's body.
enum ClientValues: Sendable {
  /// A new ticket or a change of one: our names of Jira's fields.
  case ticket
  case transition
  /// The one member that was sent.
  case member(String)

  /// The pointer to a field that the vendor names.
  func pointer(to field: String) -> String {
    switch self {
    case .member(let name): return "/\(name)"
    case .transition: return "/fields/\(Self.escaped(field))"
    case .ticket:
      return Self.members[field].map { "/\($0)" } ?? "/fields/\(Self.escaped(field))"
    }
  }

  /// Where the vendor names no field: the one member, or the whole body.
  var whole: String {
    if case .member(let name) = self { return "/\(name)" }
    return ""
  }

  private static let members = [
    "summary": "summary", "description": "notes", "priority": "priority", "labels": "labels",
    "assignee": "assignee_account_id", "issuetype": "issue_type", "project": "jira_project_id",
    "pid": "jira_project_id",
  ]

  /// By RFC 6901.
  private static func escaped(_ name: String) -> String {
    VendorWords.line(name).replacing("~", with: "~0").replacing("/", with: "~1")
  }
}

extension VendorFailure {
  /// Whether the vendor refused what it was sent, and not the one who sent it.
  var isRefusedValue: Bool {
    error.kind == .status && (error.status == 400 || error.status == 422) && fault == nil
  }

  /// A 422 that says at the client's values what the vendor says of them.
  func problem(blaming values: ClientValues) -> Problem {
    guard isRefusedValue else { return problem }
    var errors = VendorWords.fieldErrors(of: error.bodyValue).map { field, words in
      Problem.FieldError(pointer: values.pointer(to: field), detail: words)
    }
    if errors.isEmpty {
      errors = [.init(pointer: values.whole, detail: error.vendorWords ?? error.sentence)]
    }
    var problem = Problem.invalid(errors)
    problem.detail = sentence
    problem.members["vendor"] = member
    return problem
  }
}

/// Runs what a client asked a vendor for with values of its own: what the vendor refuses of them is a
/// 422 with pointers.
func blaming<T: Sendable>(
  _ values: ClientValues, _ body: () async throws -> T
) async throws -> T {
  do {
    return try await body()
  } catch let failure as VendorFailure where failure.isRefusedValue {
    throw failure.problem(blaming: values)
  }
}
