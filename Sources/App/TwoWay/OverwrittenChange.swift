import Foundation
import JiraClient
import RESTClient
import SentryClient

/// A change of one side that was made between our reading and our write, and that the policy follows.
struct OverwrittenChange: Error {
  var source: LinkSource
  /// Sentry's status, or the name of Jira's.
  var status: String
  var statusID = ""
}

extension LinkComparison {
  /// Whether the write came so long after its reading that somebody may have changed the side in between.
  func isLate(_ sentAt: ContinuousClock.Instant?) -> Bool {
    sentAt.map { .now - $0 > LinkSync.maxUncheckedAge } ?? false
  }

  func wins(_ source: LinkSource, _ date: Date, over other: Date?) -> Bool {
    switch mapping.conflictPolicy {
    case .jiraWins: source == .jira
    case .sentryWins: source == .sentry
    case .latestWins: other.map { date > $0 } ?? true
    }
  }

  func check(_ sentry: SentryReading, _ jira: JiraReading, _ expected: String) async throws {
    guard isLate(sentry.sentAt), let before = sentry.live else { return }
    let now = try await sync.readIssue(ends)
    let last = before.activity.first?.date ?? .distantPast
    // The newest entry is ours; without one nothing is known.
    let between = now.activity.filter { $0.date > last && $0.changesStatus }.dropFirst()
    guard now.status == expected, let lost = between.first, let status = lost.status,
      status != expected, lost.cause != .timer, wins(.sentry, lost.date, over: jira.changedAt)
    else { return }
    throw OverwrittenChange(source: .sentry, status: status)
  }

  func check(
    _ jira: JiraReading, _ sentry: SentryReading, _ ticket: JiraIssue, _ path: [WorkflowStep]
  ) async throws {
    guard isLate(jira.sentAt) else { return }
    let changes = try await asking(.jira) { try await ends.jira.statusChanges(ends.ticketID) }
      .filter { $0.date > ticket.updated }
    // Newest first. Those that lead where our own steps led are ours.
    let own = Set(path.map(\.to.id))
    guard let newest = changes.first, newest.toID == path.last?.to.id,
      let lost = changes.first(where: { !own.contains($0.toID) }),
      wins(.jira, lost.date, over: sentry.history?.changedAt)
    else { return }
    throw OverwrittenChange(source: .jira, status: lost.toName, statusID: lost.toID)
  }

  /// Gives a side back what somebody made of it.
  mutating func restore(_ lost: OverwrittenChange) async throws {
    switch lost.source {
    case .sentry:
      preface =
        "The Sentry issue had become \(lost.status) while our change was on its way; that was restored. "
      guard let status = SentryIssueUpdate.Status(rawValue: lost.status) else { return }
      _ = try await put(status, lost.status, before: .now + LinkSync.maxDecisionAge)
    case .jira:
      preface =
        "The ticket had become \(lost.status) while our transition was on its way; that was restored. "
      let (read, sentAt) = try await SendClock.timing { try await sync.readTicket(ends) }
      _ = try await sync.mover.move(
        ends, read.issue, offered: read.transitions,
        to: .status(StatusMapping.StatusName(lost.status, ids: [lost.statusID])),
        resolution: mapping.defaultResolution, before: Self.limit(sentAt))
    }
  }
}
