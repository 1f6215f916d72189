import Foundation
import JiraClient
import RESTClient
import SentryClient

extension LinkComparison {
  mutating func carry(
    out decision: StatusDecision, _ sentry: SentryReading, _ jira: JiraReading
  ) async throws -> LinkSyncOutcome {
    var outcome = LinkSyncOutcome(
      cause: cause, decision: decision.name, reason: preface + decision.reason)
    outcome.agreed = LinkAgreement(
      sentryStatus: SentryIssueRecord.statuses.contains(sentry.status) ? sentry.status : nil,
      jiraCategory: jira.category, jiraStatus: jira.status.name,
      jiraStatusID: jira.status.id.isEmpty ? nil : jira.status.id, jiraResolution: jira.resolution)
    record = ComparisonRecord(notes: [], held: held)
    record.sentry = sentry.live.flatMap(stored).map { [$0] } ?? []
    var ticket = jira.live
    do {
      switch decision.action {
      case .nothing: break
      case .changeSentry(let wish): try await changeSentry(wish, sentry, jira, &outcome)
      case .moveTicket(let target):
        guard let read = jira.live else { break }
        ticket = try await moveTicket(read, to: target, sentry, jira, &outcome)
      case .createFollowUp:
        let followUp = try await sync.tickets.createFollowUp(
          of: link, done: jira.live?.key ?? ends.ticketID)
        outcome.request = Self.text(["new_link": JSONValue(followUp)])
        outcome.movedJira = true
      }
    } catch let overdue as RequestOverdue {
      throw overdue
    } catch let overwritten as OverwrittenChange {
      throw overwritten
    } catch {
      outcome.agreed = LinkAgreement()
      outcome.error =
        (error as? VendorFailure)?.sentence ?? (error as? Problem)?.detail ?? "\(error)"
      record = ComparisonRecord(notes: [], held: held)
      try await write(outcome, ticket)
      throw error
    }
    try await write(outcome, ticket)
    return outcome
  }

  mutating func write(_ outcome: LinkSyncOutcome, _ ticket: JiraIssue?) async throws {
    record.notes.append(LinkNote(link: link, outcome: outcome))
    if let ticket, let project = try await sync.finder.project(of: ticket, ends) {
      record.jira = (JiraIssueRecord(ticket), project)
    }
    try await sync.links.note(record)
  }

  /// Of a merged issue Sentry states the one it became: that is another record, which the drift check
  /// follows.
  func stored(_ issue: SentryIssue) -> (SentryIssueRecord, StoredSentryProject)? {
    guard issue.id == ends.sentryIssue.sentryID else { return nil }
    return (
      SentryIssueRecord(issue),
      StoredSentryProject(
        id: ends.sentryIssue.projectID, organizationID: ends.sentryIssue.organizationID,
        sentryID: 0,
        slug: ends.sentryIssue.projectSlug, maxIssues: nil)
    )
  }

  static func text(_ object: [String: JSONValue]) -> String {
    String(decoding: JSONValue.object(object).encoded(), as: UTF8.self)
  }

  /// Until when a side may be written that was requested then.
  static func limit(_ sentAt: ContinuousClock.Instant?) -> ContinuousClock.Instant {
    max((sentAt ?? .now) + LinkSync.maxDecisionAge, .now + LinkSync.minTimeToWrite)
  }

  /// Waits for the vendor's limit before the sides are read again, not after.
  func waitForLimit(_ action: StatusDecision.Action) async throws {
    switch action {
    case .changeSentry:
      try await asking(.sentry) { try await ends.sentry.waitForIssueUpdates() }
    case .moveTicket, .createFollowUp:
      try await asking(.jira) { try await ends.jira.waitForTransitions() }
    case .nothing: break
    }
  }
}
