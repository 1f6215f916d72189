import Foundation
import JiraClient
import RESTClient
import SentryClient

/// One comparison of a link's sides, under the hold of all links that share one of them.
struct LinkComparison {
  let sync: LinkSync
  let ends: LinkEnds
  let cause: String
  let held: [Int64]
  let fellows: [LinkFellow]
  let mapping: StatusMapping

  var sentry: SentryReading?
  var jira: JiraReading?
  /// Other issues of the ticket as Sentry states them now, by Sentry's ids.
  var others: [Int64: SentryIssue] = [:]
  var record: ComparisonRecord
  /// What a person's change that we overwrote says first, in the reason.
  var preface = ""

  init(
    sync: LinkSync, ends: LinkEnds, cause: String, held: [Int64], fellows: [LinkFellow],
    mapping: StatusMapping
  ) {
    (self.sync, self.ends, self.cause, self.held) = (sync, ends, cause, held)
    (self.fellows, self.mapping) = (fellows, mapping)
    record = ComparisonRecord(notes: [], held: held)
  }

  var link: Link { ends.link }

  mutating func run(_ handed: HandedReading?, follows: LinkSource?) async throws -> LinkSyncOutcome
  {
    try await take(handed)
    var terms = try await sync.terms(of: link, fellows, mapping)
    terms.follows = follows
    for _ in 0..<LinkSync.maxTurns {
      let (sentry, jira) = try await readings()
      let decision = StatusDecision.decide(
        LinkSides(sentry, jira), agreed: link.agreed, terms: terms, mapping: mapping, now: Date())
      if drop(whatIsMissingFor: decision, terms) { continue }
      do {
        return try await carry(out: decision, sentry, jira)
      } catch let overdue as RequestOverdue {
        // What was read has become too old while the write waited: everything is read again, once the
        // vendor's limit lets the write through.
        if overdue.mayHaveBeenReceived { terms = try await renewed(terms) }
        (self.sentry, self.jira) = (nil, nil)
        try await waitForLimit(decision.action)
      } catch let overwritten as OverwrittenChange {
        try await restore(overwritten)
        terms.follows = overwritten.source
        (self.sentry, self.jira) = (nil, nil)
      }
    }
    throw LinkSync.Busy()
  }

  private func renewed(_ terms: LinkTerms) async throws -> LinkTerms {
    var renewed = try await sync.terms(of: link, fellows, mapping)
    renewed.follows = terms.follows
    return renewed
  }

  /// Uses what a webhook has read, as it is stored.
  private mutating func take(_ handed: HandedReading?) async throws {
    switch handed?.vendor {
    case .sentry: sentry = SentryReading(stored: ends.sentryIssue.status, history: handed?.sentry)
    case .jira:
      // A name may have changed since; only Jira says which id it belongs to.
      guard !mapping.namesStatuses, let id = link.jiraIssueID else { return }
      jira = try await sync.jiraIssues.status(of: id).map(JiraReading.init(stored:))
    case nil: break
    }
  }

  /// Reads what is not known yet, first the side that is known to have changed.
  private mutating func readings() async throws -> (SentryReading, JiraReading) {
    if sentry == nil { sentry = try await readSentry() }
    if jira == nil {
      let (read, sentAt) = try await SendClock.timing { try await sync.readTicket(ends) }
      jira = JiraReading(read, sentAt: sentAt)
    }
    guard let sentry, let jira else { throw CancellationError() }
    return (sentry, jira)
  }

  /// Where the ticket's change concerns several issues they are read in one request.
  private mutating func readSentry() async throws -> SentryReading {
    let followers = jira == nil ? [] : followers.map(\.sentryID)
    guard !followers.isEmpty else {
      let (issue, sentAt) = try await SendClock.timing { try await sync.readIssue(ends) }
      return SentryReading(issue, sentAt: sentAt, isAlone: true)
    }
    let own = ends.sentryIssue.sentryID
    let (found, sentAt) = try await SendClock.timing {
      try await asking(.sentry) { try await ends.sentry.issues(ids: [own] + followers) }
    }
    others = found.reduce(into: [:]) { $0[$1.id] = $1 }
    guard let issue = others.removeValue(forKey: own) else {
      let (issue, sentAt) = try await SendClock.timing { try await sync.readIssue(ends) }
      return SentryReading(issue, sentAt: sentAt, isAlone: true)
    }
    return SentryReading(issue, sentAt: sentAt, isAlone: false)
  }

  /// Forgets what is not good enough for a decision, so that it is read.
  ///
  /// - Returns: whether something was forgotten.
  private mutating func drop(whatIsMissingFor decision: StatusDecision, _ terms: LinkTerms) -> Bool
  {
    guard let sentry, let jira else { return true }
    var (needsSentry, needsJira, needsHistory) = (false, false, decision.isContested)
    switch decision.action {
    case .nothing: break
    case .changeSentry: needsSentry = true
    case .moveTicket, .createFollowUp: needsJira = true
    }
    if decision.isContested { needsJira = true }
    if sentry.status != link.agreed.sentryStatus, sentry.status != terms.ownSentryStatus {
      needsHistory = true
    }
    let isSentryMissing =
      needsSentry && sentry.live == nil || needsHistory && sentry.history == nil
    let isJiraMissing = needsJira && jira.live == nil
    if isSentryMissing {
      self.sentry = nil
      if needsHistory { others = [:] }
    }
    if isJiraMissing { self.jira = nil }
    if isSentryMissing, needsHistory { readsAlone = true }
    return isSentryMissing || isJiraMissing
  }
  /// Whether the issue's history is needed, which only a request for it alone brings.
  var readsAlone = false

  /// Other links of the ticket that may follow its change together with this one.
  var followers: [LinkFellow] {
    guard !readsAlone else { return [] }
    return fellows.filter {
      $0.link.jiraIssueID == link.jiraIssueID && $0.link.syncsJiraToSentry
        && $0.sentryOrganizationID == ends.sentryIssue.organizationID
        && !$0.link.agreed.isEmpty && $0.link.agreed.sentryStatus == $0.sentryStatus
    }.prefix(SentryClient.maxIssuesByID - 1).map(\.self)
  }
}
