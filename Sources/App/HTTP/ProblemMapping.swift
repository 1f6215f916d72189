import HTTPServer
import JiraClient
import Logging
import Postgres
import RESTClient
import SentryClient
import HTTPTypes

/// Turns whatever a handler threw into a problem. This is the one place that decides status and
/// wording; what is nobody's fault but ours is logged and answered without its inner text.
func problem(from error: any Error, logger: Logger) -> Problem {
  switch error {
  case let problem as Problem: return problem
  case let error as HTTPError: return problem(from: error)
  case let error as PostgresError: return problem(from: error, logger: logger)
  case let error as VendorFailure: return error.problem
  case is CancellationError:
    return Problem(503, "cancelled", "Service unavailable", "The request was cancelled.")
  default:
    logger.error("request.failed", metadata: ["error": "\(error)"])
    return .internalError
  }
}

extension Problem {
  static let internalError = Problem(
    500, "internal", "Internal error",
    "Something failed inside IssueBridge; the log has the details under this request id.")
}

private func problem(from error: HTTPError) -> Problem {
  let names = [
    400: ("bad-request", "Bad request"), 404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"), 408: ("timeout", "Request timeout"),
    413: ("too-large", "Content too large"), 414: ("uri-too-long", "URI too long"),
    417: ("expectation-failed", "Expectation failed"),
    431: ("header-too-large", "Request header fields too large"),
    501: ("not-implemented", "Transfer coding not known"),
    503: ("overloaded", "Service unavailable"),
  ]
  let (kind, title) = names[error.status.code] ?? ("http", error.status.reasonPhrase)
  var problem = Problem(error.status.code, kind, title, error.detail)
  problem.headerFields = error.headerFields.map { ($0.name.rawName, $0.value) }
  return problem
}

extension Problem {
  /// The database was asked to commit and gave no answer.
  static let outcomeUnknown = Problem(
    503, "outcome-unknown", "Outcome unknown",
    "The connection to the database was lost before it told whether the change was made. Read the "
      + "resource to see; repeat only what is not there.")
}

private func problem(from error: PostgresError, logger: Logger) -> Problem {
  if let name = error.constraint, let known = ConstraintProblems.problem(constraint: name) {
    return known
  }
  logger.error(
    "database.failed",
    metadata: ["sqlstate": "\(error.sqlState ?? "-")", "error": "\(error)"])
  if error.isOutcomeUnknown { return .outcomeUnknown }
  if [.connection, .timeout, .closed].contains(error.kind) {
    var problem = Problem(
      503, "database-unavailable", "Service unavailable",
      "The database cannot be reached at the moment; try again.")
    problem.headerFields = [("Retry-After", "5")]
    return problem
  }
  return .internalError
}
