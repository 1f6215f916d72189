import RESTClient
import SentryClient

/// An issue's newest event, or why there is none: a ticket is worth having without one, but says so.
struct LatestEvent: Sendable {
  var event: SentryEvent?
  var problem: Problem?

  struct Problem: Sendable, Equatable {
    /// What happened, as the end of "…could not be read: ".
    var reason: String
    var advice: String?

    /// For the ticket, whose reader can only look in Sentry.
    var ticketNote: String {
      "The latest event could not be read when this ticket was created: \(reason). "
        + "Its stack trace and its details are in Sentry."
    }

    /// For the one who creates the ticket.
    var warning: String {
      let text =
        "The latest event could not be read: \(reason). The ticket will have no stack trace and no "
        + "details of the event."
      return advice.map { "\(text) \($0)" } ?? text
    }
  }

  /// What the preview warns of.
  var warnings: [JSONValue] {
    problem.map { [["code": "event_unavailable", "detail": .string($0.warning)]] } ?? []
  }

  /// Not read yet.
  init() {}

  init(_ event: SentryEvent) { self.event = event }

  init(_ error: RESTError) {
    problem =
      switch error.kind {
      case .rateLimited:
        Problem(
          reason: "Sentry's rate limit was reached", advice: "Try again when the limit is over.")
      case .timeout: Problem(reason: "Sentry did not answer in time", advice: "Try again later.")
      case .connection, .tls:
        Problem(
          reason: "Sentry could not be reached",
          advice: "Test the connection of the Sentry organization.")
      case .malformedAnswer: Problem(reason: "Sentry's answer could not be understood")
      case .tooLarge: Problem(reason: "the event is too large")
      case .status, .notSignedIn, .refusedAddress, .invalidRequest:
        Self.problem(status: error.status)
      }
  }

  private static func problem(status: Int?) -> Problem {
    switch status {
    case 401:
      Problem(
        reason: "Sentry did not accept the auth token (401)",
        advice: "Set a new token for the Sentry organization.")
    case 403:
      Problem(
        reason: "Sentry refused it (403), so the auth token probably lacks the scope `event:read`",
        advice: "Add the scope `event:read` to the token's permissions in Sentry.")
    case 404: Problem(reason: "Sentry has no event of this issue any more (404)")
    case 429:
      Problem(
        reason: "Sentry's rate limit was reached (429)",
        advice: "Try again when the limit is over.")
    case let status?:
      Problem(reason: "Sentry answered \(status)", advice: "Try again later.")
    case nil: Problem(reason: "the request to Sentry failed")
    }
  }
}
