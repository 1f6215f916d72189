import Foundation
import JiraClient
import SentryClient

/// What a webhook has just read of one side, handed to the comparison that it causes: that side is not
/// read again.
struct HandedReading: Sendable, Codable {
  /// How old it may be; after that both sides are read.
  static let maxAge: TimeInterval = 15

  var vendor: Vendor
  var readAt: Date
  /// Of a Sentry issue that was read alone, with its history.
  var sentry: SentryHistory?

  private enum CodingKeys: String, CodingKey {
    case vendor, sentry
    case readAt = "read_at"
  }

  var isFresh: Bool { abs(readAt.timeIntervalSinceNow) <= Self.maxAge }
}

extension Vendor: Codable {}

/// Who or what gave a Sentry issue its status, and when.
struct SentryHistory: Sendable, Codable, Equatable {
  var status: String
  var changedAt: Date?
  var cause: LinkSides.SentryCause
  var seenAt: Date?

  private enum CodingKeys: String, CodingKey {
    case status, cause
    case changedAt = "changed_at"
    case seenAt = "seen_at"
  }

  init(_ issue: SentryIssue) {
    status = issue.status
    changedAt = issue.statusChangedAt
    cause =
      switch issue.statusChange?.cause {
      case .timer: .timer
      case .person, .event: .decided
      case .integration, nil: .client
      }
    seenAt = issue.lastSeen
  }
}

/// Sentry's side as a comparison knows it.
struct SentryReading: Sendable {
  var status: String
  /// nil: read in a list, which carries no history, or from our copy.
  var history: SentryHistory?
  /// As Sentry stated it during this comparison; nil: from our copy.
  var live: SentryIssue?
  /// When it was requested; nil: from our copy.
  var sentAt: ContinuousClock.Instant?

  init(_ issue: SentryIssue, sentAt: ContinuousClock.Instant, isAlone: Bool) {
    status = issue.status
    history = isAlone ? SentryHistory(issue) : nil
    live = issue
    self.sentAt = sentAt
  }

  init(stored status: String, history: SentryHistory?) {
    self.status = status
    self.history = history?.status == status ? history : nil
  }
}

/// Jira's side as a comparison knows it.
struct JiraReading: Sendable {
  var category: String
  var status: JiraStatus
  var resolution: String?
  var resolutionID: String?
  var changedAt: Date
  /// As Jira stated it during this comparison; nil: from our copy, without an id of the status.
  var live: JiraIssue?
  /// What its workflow offers now; nil: not known.
  var transitions: [JiraTransition]?
  var sentAt: ContinuousClock.Instant?

  init(_ read: JiraIssueWithTransitions, sentAt: ContinuousClock.Instant) {
    let ticket = read.issue
    category = JiraIssueRecord(ticket).statusCategory
    status = ticket.status
    resolution = ticket.resolution
    resolutionID = read.resolutionID
    changedAt = ticket.statusCategoryChanged ?? ticket.updated
    live = ticket
    transitions = read.transitions
    self.sentAt = sentAt
  }

  init(stored ticket: StoredTicketStatus) {
    category = ticket.category
    status = JiraStatus(id: "", name: ticket.status, categoryKey: ticket.category)
    resolution = ticket.resolution
    changedAt = ticket.updatedAt
  }
}

/// A ticket's status as it is stored.
struct StoredTicketStatus: Sendable {
  var status: String
  var category: String
  var resolution: String?
  var updatedAt: Date
}

extension LinkSides {
  init(_ sentry: SentryReading, _ jira: JiraReading) {
    self.init(
      sentryStatus: sentry.status, sentryChangedAt: sentry.history?.changedAt,
      sentryCause: sentry.history?.cause ?? .client,
      sentrySeenAt: sentry.history?.seenAt ?? sentry.live?.lastSeen,
      jiraCategory: jira.category, jiraStatus: jira.status.name,
      jiraStatusID: jira.status.id.isEmpty ? nil : jira.status.id,
      jiraResolution: jira.resolution, jiraResolutionID: jira.resolutionID,
      jiraChangedAt: jira.changedAt)
  }
}
