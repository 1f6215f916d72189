import Foundation

/// What to do about a link whose two sides were compared, and why. Pure: no I/O, no clock.
struct StatusDecision: Sendable, Equatable {
  enum Action: Sendable, Equatable {
    case nothing
    case changeSentry(StatusMapping.SentryAction)
    case moveTicket(StatusMapping.JiraTarget)
    /// The ticket was done too long ago to be reopened: a new one goes on.
    case createFollowUp
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
  var jiraResolution: String?
  var jiraChangedAt: Date
}

/// What both sides were when they were last compared; nil members: never.
struct LinkAgreement: Sendable, Equatable {
  var sentryStatus: String?
  var jiraCategory: String?
  /// nil with a category: compared before statuses were kept.
  var jiraStatus: String?
  var jiraResolution: String?
}

/// Which way a link carries, what we did to it without knowing the outcome, and what follows it.
struct LinkTerms: Sendable, Equatable {
  var syncsSentryToJira = true
  var syncsJiraToSentry = true
  /// What our own unanswered writes would have made of each side: a change that equals it is ours.
  var ownSentryStatus: String?
  var ownJiraCategory: String?
  /// The link that goes on with a newer ticket.
  var continuedBy: Int64?
}

extension StatusDecision {
  /// - Parameter now: for the window in which a done ticket is reopened.
  static func decide(
    _ sides: LinkSides, agreed: LinkAgreement, terms: LinkTerms = LinkTerms(),
    mapping: StatusMapping = StatusMapping(), now: Date
  ) -> StatusDecision {
    if let next = terms.continuedBy {
      return .nothing("Link \(next) goes on with a newer ticket for this error.")
    }
    let question = Question(sides: sides, terms: terms, mapping: mapping, now: now)
    switch (question.jiraChanged(since: agreed), question.sentryChanged(since: agreed)) {
    case (false, false):
      return question.isInAgreement
        ? question.agreement
        : .nothing("Neither side changed since both were last compared.")
    case (true, false):
      return question.followJira(
        "The ticket became \(sides.jiraStatus) since both were last compared.")
    case (false, true):
      return question.followSentry(
        "The Sentry issue became \(sides.sentryStatus) since both were last compared.")
    case (true, true): return question.settleConflict()
    }
  }

  static func nothing(_ reason: String) -> StatusDecision {
    .init(action: .nothing, reason: reason)
  }

  /// The name in the timeline and in answers.
  var name: String {
    switch action {
    case .nothing: "nothing"
    case .changeSentry(.resolve): "resolve_sentry"
    case .changeSentry(.resolveInNextRelease): "resolve_sentry_in_next_release"
    case .changeSentry(.archive): "archive_sentry"
    case .changeSentry(.unresolve): "unresolve_sentry"
    case .changeSentry(.nothing): "nothing"
    case .moveTicket(.category("done")): "complete_ticket"
    case .moveTicket(.open): "reopen_ticket"
    case .moveTicket: "move_ticket"
    case .createFollowUp: "create_follow_up"
    }
  }
}

/// One comparison, with the helpers that each answer one part of it.
private struct Question {
  var sides: LinkSides
  var terms: LinkTerms
  var mapping: StatusMapping
  var now: Date

  var wish: StatusMapping.SentryAction {
    mapping.action(
      status: sides.jiraStatus, category: sides.jiraCategory, resolution: sides.jiraResolution)
  }
  var target: StatusMapping.JiraTarget { mapping.target(sentryStatus: sides.sentryStatus) }
  var wishIsMet: Bool { wish.sentryStatus.map { $0 == sides.sentryStatus } ?? true }
  var targetIsMet: Bool { target.isMet(status: sides.jiraStatus, category: sides.jiraCategory) }
  var isInAgreement: Bool { wishIsMet && targetIsMet }
  var isKeptArchived: Bool {
    mapping.keepsArchived && sides.sentryStatus == "ignored" && wish.sentryStatus != nil
  }

  var agreement: StatusDecision {
    .nothing(
      "Both sides agree: Sentry says \(sides.sentryStatus), the ticket is \(sides.jiraStatus).")
  }

  /// Only what would be asked of Sentry counts: a ticket that goes from To Do to In Progress says
  /// nothing new to it.
  func jiraChanged(since agreed: LinkAgreement) -> Bool {
    if terms.ownJiraCategory == sides.jiraCategory { return false }
    guard let category = agreed.jiraCategory else { return true }
    let known = agreed.jiraStatus != nil
    return mapping.action(
      status: known ? agreed.jiraStatus : sides.jiraStatus, category: category,
      resolution: known ? agreed.jiraResolution : sides.jiraResolution) != wish
  }

  func sentryChanged(since agreed: LinkAgreement) -> Bool {
    if terms.ownSentryStatus == sides.sentryStatus { return false }
    return agreed.sentryStatus != sides.sentryStatus
  }

  func followJira(_ why: String) -> StatusDecision {
    guard terms.syncsJiraToSentry else {
      return .nothing(why + " The link does not carry Jira's status to Sentry.")
    }
    if wish == .nothing { return .nothing(why + " The mapping asks nothing of Sentry for it.") }
    if isKeptArchived, !wishIsMet {
      return .nothing("The Sentry issue is archived, and archived issues are left alone.")
    }
    return wishIsMet ? agreement : .init(action: .changeSentry(wish), reason: why)
  }

  func followSentry(_ why: String) -> StatusDecision {
    guard terms.syncsSentryToJira else {
      return .nothing(why + " The link does not carry Sentry's status to Jira.")
    }
    if target == .nothing {
      return .nothing(
        sides.sentryStatus == "ignored"
          ? "The Sentry issue is archived, and archived issues are left alone."
          : why + " The mapping asks nothing of Jira for it.")
    }
    if targetIsMet { return agreement }
    guard sides.jiraCategory == "done", sides.sentryStatus == "unresolved",
      let days = mapping.reopenWindowDays,
      now.timeIntervalSince(sides.jiraChangedAt) > Double(days) * 86_400
    else { return .init(action: .moveTicket(target), reason: why) }
    return .init(
      action: .createFollowUp,
      reason: why + " The ticket has been done for more than \(days) days: a new one goes on.")
  }

  func settleConflict() -> StatusDecision {
    if isInAgreement { return agreement }
    if sides.sentryStatus == "ignored", isKeptArchived || target == .nothing {
      return followSentry("The Sentry issue is archived.")
    }
    // A side of which the mapping asks nothing has no say.
    if wish == .nothing { return followSentry("Only Sentry's status asks for something.") }
    if target == .nothing { return followJira("Only the ticket's status asks for something.") }
    switch mapping.conflictPolicy {
    case .jiraWins: return followJira("Both sides changed, and by the policy Jira wins.")
    case .sentryWins: return followSentry("Both sides changed, and by the policy Sentry wins.")
    case .latestWins: return followLatest()
    }
  }

  private func followLatest() -> StatusDecision {
    guard let sentryChangedAt = sides.sentryChangedAt else {
      return followJira(
        "The sides differ and Sentry does not say when its status changed; Jira is followed.")
    }
    let (jira, sentry) = (sides.jiraStatus, sides.sentryStatus)
    return sides.jiraChangedAt >= sentryChangedAt
      ? followJira(
        "The sides differ and the later change wins: the ticket became \(jira) after the Sentry "
          + "issue became \(sentry).")
      : followSentry(
        "The sides differ and the later change wins: the Sentry issue became \(sentry) after the "
          + "ticket became \(jira).")
  }
}
