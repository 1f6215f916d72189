import Foundation

/// What to do about a link whose two sides were compared, and why. Pure: no I/O, no clock.
struct StatusDecision: Sendable, Equatable {
  enum Action: String, Sendable {
    case nothing
    case resolveSentry = "resolve_sentry"
    case unresolveSentry = "unresolve_sentry"
    case completeTicket = "complete_ticket"
    case reopenTicket = "reopen_ticket"
  }

  var action: Action
  var reason: String
}

/// Both sides of a link as the vendors state them now.
struct LinkSides: Sendable, Equatable {
  var sentryStatus: String
  /// When Sentry's status changed last; nil where Sentry does not say.
  var sentryChangedAt: Date?
  var jiraCategory: String
  var jiraStatus: String
  var jiraChangedAt: Date
}

extension StatusDecision {
  /// Decides by the default mapping: Jira's `done` resolves and its other categories reopen;
  /// Sentry's `resolved` completes and `unresolved` reopens a completed ticket; an archived
  /// (`ignored`) issue is left alone; when both sides changed, the later change wins.
  ///
  /// - Parameters:
  ///   - agreedSentryStatus: Sentry's status at the last comparison; nil: never compared.
  ///   - agreedJiraCategory: Jira's status category at the last comparison; nil: never compared.
  static func decide(
    _ sides: LinkSides, agreedSentryStatus: String?, agreedJiraCategory: String?,
    syncsSentryToJira: Bool, syncsJiraToSentry: Bool
  ) -> StatusDecision {
    let ticketIsDone = sides.jiraCategory == "done"
    if sides.sentryStatus == "ignored" {
      return .init(
        action: .nothing,
        reason: "The Sentry issue is archived, and archived issues are left alone.")
    }
    let errorIsResolved = sides.sentryStatus == "resolved"
    if ticketIsDone == errorIsResolved {
      return .init(
        action: .nothing,
        reason: "Both sides agree: Sentry says \(sides.sentryStatus), "
          + "the ticket is \(sides.jiraStatus).")
    }
    let (jiraWins, why) = winner(
      sides,
      jiraChanged: (agreedJiraCategory == "done") != ticketIsDone
        || agreedJiraCategory == nil,
      sentryChanged: agreedSentryStatus != sides.sentryStatus)
    return jiraWins
      ? followJira(ticketIsDone, why, allowed: syncsJiraToSentry)
      : followSentry(errorIsResolved, why, allowed: syncsSentryToJira)
  }

  private static func winner(_ sides: LinkSides, jiraChanged: Bool, sentryChanged: Bool)
    -> (jira: Bool, why: String)
  {
    switch (jiraChanged, sentryChanged) {
    case (true, false):
      return (true, "The ticket became \(sides.jiraStatus) since both were last compared.")
    case (false, true):
      return (
        false, "The Sentry issue became \(sides.sentryStatus) since both were last compared."
      )
    default:
      guard let sentryChangedAt = sides.sentryChangedAt else {
        return (
          true,
          "The sides differ and Sentry does not say when its status changed; Jira is followed."
        )
      }
      let jiraIsLater = sides.jiraChangedAt >= sentryChangedAt
      return (
        jiraIsLater,
        "The sides differ and the later change wins: "
          + (jiraIsLater
            ? "the ticket became \(sides.jiraStatus) after the Sentry issue became "
              + "\(sides.sentryStatus)."
            : "the Sentry issue became \(sides.sentryStatus) after the ticket became "
              + "\(sides.jiraStatus).")
      )
    }
  }

  private static func followJira(_ done: Bool, _ why: String, allowed: Bool) -> StatusDecision {
    guard allowed else {
      return .init(
        action: .nothing, reason: why + " The link does not carry Jira's status to Sentry.")
    }
    return .init(action: done ? .resolveSentry : .unresolveSentry, reason: why)
  }

  private static func followSentry(_ resolved: Bool, _ why: String, allowed: Bool)
    -> StatusDecision
  {
    guard allowed else {
      return .init(
        action: .nothing, reason: why + " The link does not carry Sentry's status to Jira.")
    }
    return .init(action: resolved ? .completeTicket : .reopenTicket, reason: why)
  }
}
