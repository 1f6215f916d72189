import Foundation

/// What to do about a link whose two sides were compared, and why. Pure: no I/O, no clock.
struct StatusDecision: Sendable, Equatable {
  enum Action: Sendable, Equatable {
    case nothing
    case changeSentry(StatusMapping.SentryAction)
    case moveTicket(StatusMapping.JiraTarget)
    /// The ticket was done too long ago to be reopened: a new one continues in its place.
    case createFollowUp
  }

  var action: Action
  var reason: String
  /// Whether both sides changed, so that the times of their changes matter.
  var isContested = false
}

/// Both sides of a link as the vendors state them now.
struct LinkSides: Sendable, Equatable {
  /// Who or what changed an issue's status.
  enum SentryCause: String, Sendable, Codable {
    /// A person, or what happened to the program that Sentry watches.
    case decided
    /// A client of the API, which may be ourselves; or Sentry does not say.
    case client
    /// Time alone, for example an issue that had no event for a while.
    case timer
  }

  var sentryStatus: String
  /// When Sentry's status changed last; nil where Sentry does not say.
  var sentryChangedAt: Date?
  var sentryCause = SentryCause.client
  /// When the issue's last event was.
  var sentrySeenAt: Date?
  var jiraCategory: String
  var jiraStatus: String
  var jiraStatusID: String?
  var jiraResolution: String?
  var jiraResolutionID: String?
  var jiraChangedAt: Date
}

/// What both sides were when they were last compared; nil members: never.
struct LinkAgreement: Sendable, Equatable {
  var sentryStatus: String?
  var jiraCategory: String?
  /// nil with a category: not known, because we moved the ticket and have not read it since.
  var jiraStatus: String?
  var jiraStatusID: String?
  var jiraResolution: String?

  /// Whether the sides were never compared.
  var isEmpty: Bool { sentryStatus == nil && jiraCategory == nil }
}

/// Whom a comparison follows when nothing was agreed on, or when a person says so.
enum LinkSource: String, Sendable, CaseIterable {
  case jira, sentry
}

/// What a new link does with two issues that are not in the same state.
enum InitialSync: String, Sendable, CaseIterable {
  /// Both sides stay as they are until one of them changes.
  case nothing
  case followJira = "follow_jira"
  case followSentry = "follow_sentry"
}

/// Which way a link carries, what we did to it without knowing the outcome, and what else is linked.
struct LinkTerms: Sendable, Equatable {
  /// A ticket of the same issue.
  struct Ticket: Sendable, Equatable {
    /// What its mapping requests of the Sentry issue.
    var wish: StatusMapping.SentryAction
    var isDone: Bool
  }

  var syncsSentryToJira = true
  var syncsJiraToSentry = true
  /// What our own unanswered writes would have made of each side: a change that equals it is ours.
  var ownSentryStatus: String?
  var ownJiraCategory: String?
  /// When our last write of each side had ended.
  var ownSentryWriteAt: Date?
  var ownJiraWriteAt: Date?
  /// The link that continues with a newer ticket.
  var continuedBy: Int64?
  /// What a new link does; nil once its sides were compared.
  var initialSync: InitialSync?
  /// Whom a person told this comparison to follow.
  var follows: LinkSource?
  /// The statuses of the ticket's other issues, of links that carry them to Jira.
  var otherIssues: [String] = []
  /// The issue's other tickets, of links that carry their status to Sentry.
  var otherTickets: [Ticket] = []
}

extension StatusDecision {
  /// - Parameter now: for the window in which a done ticket is reopened.
  static func decide(
    _ sides: LinkSides, agreed: LinkAgreement, terms: LinkTerms = LinkTerms(),
    mapping: StatusMapping = StatusMapping(), now: Date
  ) -> StatusDecision {
    if let next = terms.continuedBy {
      return .nothing("Link \(next) continues with a newer ticket for this issue.")
    }
    let question = Question(sides: sides, terms: terms, mapping: mapping, now: now)
    switch terms.follows {
    case .jira: return question.followJira("A person chose to follow Jira.")
    case .sentry: return question.followSentry("A person chose to follow Sentry.")
    case nil: break
    }
    if agreed.isEmpty, let initial = terms.initialSync { return question.begin(initial) }
    switch (question.jiraChanged(since: agreed), question.sentryChanged(since: agreed)) {
    case (false, false):
      if question.isInAgreement { return question.agreement }
      return .nothing(
        question.timerReason(since: agreed) ?? question.held
          ?? "Neither side changed since both were last compared.")
    case (true, false):
      if question.sentryCameBack { return question.settleContest() }
      return question.followJira(
        "The ticket became \(sides.jiraStatus) since both were last compared.")
    case (false, true):
      if question.jiraCameBack(to: agreed) { return question.settleContest() }
      return question.followSentry(
        "The Sentry issue became \(sides.sentryStatus) since both were last compared.")
    case (true, true): return question.settleContest()
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
      status: sides.jiraStatus, statusID: sides.jiraStatusID, category: sides.jiraCategory,
      resolution: sides.jiraResolution, resolutionID: sides.jiraResolutionID)
  }
  var target: StatusMapping.JiraTarget { mapping.target(sentryStatus: sides.sentryStatus) }
  var wishIsMet: Bool { wish.sentryStatus.map { $0 == sides.sentryStatus } ?? true }
  var targetIsMet: Bool { isMet(target) }
  var isInAgreement: Bool { wishIsMet && targetIsMet }
  var isKeptArchived: Bool {
    mapping.keepsArchived && sides.sentryStatus == "ignored" && wish.sentryStatus != nil
  }

  func isMet(_ target: StatusMapping.JiraTarget) -> Bool {
    target.isMet(
      status: sides.jiraStatus, id: sides.jiraStatusID, category: sides.jiraCategory)
  }

  var agreement: StatusDecision {
    .nothing(
      "Both sides agree: the Sentry issue is \(sides.sentryStatus), the ticket is "
        + "\(sides.jiraStatus).")
  }

  /// Only what would be requested of Sentry counts: a ticket that goes from To Do to In Progress says
  /// nothing new to it.
  func jiraChanged(since agreed: LinkAgreement) -> Bool {
    if terms.ownJiraCategory == sides.jiraCategory { return false }
    guard let category = agreed.jiraCategory else { return true }
    guard let status = agreed.jiraStatus else {
      return mapping.action(
        status: sides.jiraStatus, statusID: sides.jiraStatusID, category: category,
        resolution: sides.jiraResolution, resolutionID: sides.jiraResolutionID) != wish
    }
    if status == sides.jiraStatus, category == sides.jiraCategory,
      agreed.jiraResolution == sides.jiraResolution
    {
      return false
    }
    return mapping.action(
      status: status, statusID: agreed.jiraStatusID, category: category,
      resolution: agreed.jiraResolution)
      != wish
  }

  /// What time alone did is not a decision to carry. An event after the ticket was completed is news,
  /// whatever brought the issue back.
  func sentryChanged(since agreed: LinkAgreement) -> Bool {
    if terms.ownSentryStatus == sides.sentryStatus { return false }
    guard agreed.sentryStatus != sides.sentryStatus else { return false }
    return sides.sentryCause != .timer || isSeenAfterDone
  }

  /// Whether Sentry's side was changed after Jira's and back to what was agreed on: also that is a
  /// decision, and the later one.
  var sentryCameBack: Bool {
    guard sides.sentryCause == .decided, let changedAt = sides.sentryChangedAt else { return false }
    return changedAt > sides.jiraChangedAt
      && terms.ownSentryWriteAt.map { changedAt > $0.addingTimeInterval(Self.clockDifference) }
        ?? true
  }

  /// The same of Jira's side. A ticket on which work has only begun did not come back.
  func jiraCameBack(to agreed: LinkAgreement) -> Bool {
    guard agreed.jiraCategory == sides.jiraCategory,
      agreed.jiraStatus == nil || agreed.jiraStatus == sides.jiraStatus,
      let sentryChangedAt = sides.sentryChangedAt
    else { return false }
    let changedAt = sides.jiraChangedAt
    return changedAt > sentryChangedAt
      && terms.ownJiraWriteAt.map { changedAt > $0.addingTimeInterval(Self.clockDifference) }
        ?? true
  }

  /// By which our clock and a vendor's may differ, in seconds.
  private static let clockDifference = 0.5

  func settleContest() -> StatusDecision {
    var decision = settleConflict()
    decision.isContested = true
    return decision
  }

  /// Whether events say that a completed ticket did not fix the issue.
  var isSeenAfterDone: Bool {
    sides.sentryStatus == "unresolved" && sides.jiraCategory == "done"
      && sides.sentrySeenAt.map { $0 > sides.jiraChangedAt } ?? false
  }

  func timerReason(since agreed: LinkAgreement) -> String? {
    guard sides.sentryCause == .timer, agreed.sentryStatus != sides.sentryStatus,
      terms.ownSentryStatus != sides.sentryStatus
    else { return nil }
    return sides.sentryStatus == "resolved"
      ? "Sentry resolved the issue by itself because it had no events for a while; that is not a "
        + "person's decision, so the ticket stays as it is."
      : "Sentry made the issue \(sides.sentryStatus) by itself when a time was over; that is not a "
        + "person's decision, so the ticket stays as it is."
  }

  /// A new link whose issues are not in the same state.
  func begin(_ initial: InitialSync) -> StatusDecision {
    if isInAgreement { return agreement }
    switch initial {
    case .followJira: return followJira("The link was created to follow Jira.")
    case .followSentry: return followSentry("The link was created to follow Sentry.")
    case .nothing:
      let seen =
        isSeenAfterDone
        ? " The issue had events after the ticket was completed, so it may not be fixed." : ""
      return .nothing(
        "Linking moved nothing: the Sentry issue is \(sides.sentryStatus) and the ticket is "
          + "\(sides.jiraStatus).\(seen) Both stay as they are until one of them changes; to make them "
          + "agree now, synchronize the link with \"follow\": \"jira\" or \"sentry\".")
    }
  }

  func followJira(_ why: String) -> StatusDecision {
    guard terms.syncsJiraToSentry else {
      return .nothing(why + " The link does not carry Jira's status to Sentry.")
    }
    if wish == .nothing {
      return .nothing(why + " The mapping has no Sentry action for this status.")
    }
    if isKeptArchived, !wishIsMet {
      return .nothing("The Sentry issue is archived, and archived issues are left alone.")
    }
    if wishIsMet { return agreement }
    if let open = openTickets { return .nothing(why + " " + open) }
    return .init(action: .changeSentry(wish), reason: why)
  }

  /// Why an issue is not completed yet: an issue with several tickets is resolved with the last of them.
  var openTickets: String? {
    guard wish == .resolve || wish == .resolveInNextRelease || wish == .archive else { return nil }
    let open = terms.otherTickets.count { !$0.isDone && $0.wish != wish }
    guard open > 0 else { return nil }
    return
      "\(open) of \(terms.otherTickets.count + 1) tickets of this issue \(Self.are(open)) still open."
  }

  func followSentry(_ why: String) -> StatusDecision {
    guard terms.syncsSentryToJira else {
      return .nothing(why + " The link does not carry Sentry's status to Jira.")
    }
    guard target != .nothing else { return followArchived(why) }
    if targetIsMet { return agreement }
    if let held = held(target) { return .nothing(why + " " + held) }
    guard sides.jiraCategory == "done", sides.sentryStatus == "unresolved",
      let days = mapping.reopenWindowDays,
      now.timeIntervalSince(sides.jiraChangedAt) > Double(days) * 86_400
    else { return .init(action: .moveTicket(target), reason: why) }
    return .init(
      action: .createFollowUp,
      reason: why
        + " The ticket has been done for more than \(days) days, so a new one continues in its place."
    )
  }

  /// An archived issue has no say. When it was the last one that kept the ticket open, the ticket goes
  /// where the resolved ones want it.
  private func followArchived(_ why: String) -> StatusDecision {
    guard sides.sentryStatus == "ignored" else {
      return .nothing(why + " The mapping has no Jira action for this status.")
    }
    let goal = mapping.target(sentryStatus: "resolved")
    if terms.otherIssues.contains("resolved"), goal != .nothing, !isMet(goal), held(goal) == nil {
      return .init(
        action: .moveTicket(goal),
        reason: why + " It was the last unresolved issue of this ticket; the others are resolved.")
    }
    return .nothing("The Sentry issue is archived, and archived issues are left alone.")
  }

  /// Why the ticket stays open although this issue is resolved; nil when nothing keeps it open.
  var held: String? {
    sides.sentryStatus == "unresolved" || targetIsMet ? nil : held(target)
  }

  /// A ticket with several issues is completed with the last of them, and reopened with the first. An
  /// archived issue counts as its mapping says: without an action of its own it keeps nothing open.
  private func held(_ target: StatusMapping.JiraTarget) -> String? {
    guard sides.sentryStatus != "unresolved" else { return nil }
    let waiting = terms.otherIssues.filter { status in
      if status == "unresolved" { return true }
      let own = mapping.target(sentryStatus: status)
      return own != .nothing && own != target
    }
    guard !waiting.isEmpty else { return nil }
    let state = Set(waiting) == ["unresolved"] ? "unresolved" : "not resolved"
    return "\(waiting.count) of \(terms.otherIssues.count + 1) issues of this ticket "
      + "\(Self.are(waiting.count)) still \(state)."
  }

  private static func are(_ count: Int) -> String { count == 1 ? "is" : "are" }

  func settleConflict() -> StatusDecision {
    if isInAgreement { return agreement }
    if sides.sentryStatus == "ignored", isKeptArchived || target == .nothing {
      return followSentry("The Sentry issue is archived.")
    }
    // A side for which the mapping has no action has no say.
    if wish == .nothing {
      return followSentry("Only Sentry's status has an action in the mapping.")
    }
    if target == .nothing {
      return followJira("Only the ticket's status has an action in the mapping.")
    }
    switch mapping.conflictPolicy {
    case .jiraWins: return followJira("Both sides changed; the conflict policy is \"Jira wins\".")
    case .sentryWins:
      return followSentry("Both sides changed; the conflict policy is \"Sentry wins\".")
    case .latestWins: return followLatest()
    }
  }

  private func followLatest() -> StatusDecision {
    if isSeenAfterDone {
      return followSentry(
        "The sides differ, and the Sentry issue had events after the ticket became "
          + "\(sides.jiraStatus): it is not fixed.")
    }
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
