import Foundation
import JiraClient
import RESTClient
import SentryClient

extension LinkComparison {
  mutating func changeSentry(
    _ wish: StatusMapping.SentryAction, _ sentry: SentryReading, _ jira: JiraReading,
    _ outcome: inout LinkSyncOutcome
  ) async throws {
    guard let status = SentryIssueUpdate.Status(wish), let expected = wish.sentryStatus,
      var issue = sentry.live
    else { return }
    let together = try await followersNow(wish, jira)
    let limit = Self.limit(sentry.sentAt)
    var asked: [String: JSONValue] = [
      "sentry_issue": .string(issue.shortID), "status": .string(status.rawValue),
    ]
    outcome.request = Self.text(asked)
    if together.isEmpty {
      issue = try await put(status, expected, before: limit)
      try await check(sentry, jira, expected)
    } else {
      let ids = [ends.sentryIssue.sentryID] + together.map(\.sentryID)
      let subjects =
        [(link.id, link.sentryIssueID)] + together.map { ($0.link.id, $0.link.sentryIssueID) }
      asked["together_with"] = .array(
        together.compactMap { others[$0.sentryID] }.map { .string($0.shortID) })
      outcome.request = Self.text(asked)
      let substatus = try await sync.writes.recording(
        subjects.map {
          VendorWrite(linkID: $0.0, subjectID: $0.1, vendor: .sentry, expected: expected)
        }
      ) {
        try await SendLimit.$current.withValue(limit) {
          try await ends.sentry.updateIssues(ids, SentryIssueUpdate(status: status))
        }
      }
      (issue.status, issue.substatus, issue.readAt) = (expected, substatus, Date())
      note(together, expected, substatus, outcome)
    }
    record.sentry.removeAll { $0.record.sentryID == issue.id }
    if let stored = stored(issue) { record.sentry.append(stored) }
    record.changedIssues[link.sentryIssueID] = expected
    outcome.movedSentry = true
    outcome.agreed.sentryStatus = expected
  }

  func put(
    _ status: SentryIssueUpdate.Status, _ expected: String, before limit: ContinuousClock.Instant
  ) async throws -> SentryIssue {
    try await sync.writes.recording(
      VendorWrite(
        linkID: link.id, subjectID: link.sentryIssueID, vendor: .sentry, expected: expected)
    ) {
      try await SendLimit.$current.withValue(limit) {
        try await ends.sentry.updateIssue(
          ends.sentryIssue.sentryID, SentryIssueUpdate(status: status))
      }
    }
  }

  /// The other links of the ticket for which its change means the same, with issues that nobody changed
  /// since.
  func followersNow(_ wish: StatusMapping.SentryAction, _ jira: JiraReading) async throws
    -> [LinkFellow]
  {
    var found: [LinkFellow] = []
    for fellow in followers {
      guard let issue = others[fellow.sentryID], issue.status == fellow.link.agreed.sentryStatus
      else { continue }
      let terms = try await sync.terms(
        of: fellow.link, try await sync.links.fellows(of: fellow.link), mapping)
      let decision = StatusDecision.decide(
        LinkSides(SentryReading(stored: issue.status, history: nil), jira),
        agreed: fellow.link.agreed, terms: terms, mapping: mapping, now: Date())
      if decision.action == .changeSentry(wish), !decision.isContested { found.append(fellow) }
    }
    return found
  }

  mutating func note(
    _ together: [LinkFellow], _ status: String, _ substatus: String?, _ own: LinkSyncOutcome
  ) {
    for fellow in together {
      guard var issue = others[fellow.sentryID] else { continue }
      (issue.status, issue.substatus, issue.readAt) = (status, substatus, Date())
      var outcome = own
      outcome.request = Self.text([
        "sentry_issue": .string(issue.shortID), "status": .string(status),
        "together_with_link": JSONValue(Int(link.id)),
      ])
      outcome.movedSentry = true
      outcome.agreed.sentryStatus = status
      record.notes.append(LinkNote(link: fellow.link, outcome: outcome))
      record.changedIssues[fellow.link.sentryIssueID] = status
      // The copy of an issue in another project keeps its project: only its own reading may change that.
      record.changedCopies.append((fellow.link.sentryIssueID, status, substatus, issue.readAt))
    }
  }
}

extension LinkComparison {
  mutating func moveTicket(
    _ ticket: JiraIssue, to target: StatusMapping.JiraTarget, _ sentry: SentryReading,
    _ jira: JiraReading, _ outcome: inout LinkSyncOutcome
  ) async throws -> JiraIssue {
    let path = try await sync.mover.move(
      ends, ticket, offered: jira.transitions, to: target,
      resolution: mapping.defaultResolution, before: Self.limit(jira.sentAt))
    outcome.request = Self.text([
      "jira_issue": .string(ticket.key), "transitions": .array(path.map { .string($0.name) }),
    ])
    guard let end = path.last?.to else { return ticket }
    try await check(jira, sentry, ticket, path)
    outcome.movedJira = true
    // Not read back: where the transition leads is known, and its echo brings the rest. Whoever moves the
    // ticket on is seen then.
    outcome.leavesJiraStatusOpen = true
    outcome.agreed.jiraCategory =
      StatusMapping.categories.contains(end.category) ? end.category : "indeterminate"
    record.movedTicket = link.jiraIssueID.map {
      ($0, end.name, outcome.agreed.jiraCategory ?? "indeterminate")
    }
    var moved = ticket
    moved.status = JiraStatus(id: end.id, name: end.name, categoryKey: end.category)
    return moved
  }
}

extension SentryIssueUpdate.Status {
  fileprivate init?(_ action: StatusMapping.SentryAction) {
    switch action {
    case .resolve: self = .resolved
    case .resolveInNextRelease: self = .resolvedInNextRelease
    case .archive: self = .ignored
    case .unresolve: self = .unresolved
    case .nothing: return nil
    }
  }
}
