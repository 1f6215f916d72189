import Foundation
import JiraClient
import RESTClient
import SentryClient

/// Keeps the two sides of a link in step: reads both, decides, asks the vendor, notes what came of it.
struct LinkSync: Sendable {
  let links: LinkStore
  let finder: LinkEndsFinder
  let mappings: StatusMappingStore
  let writes: VendorWriteStore
  let mover: TicketMover
  let tickets: TicketService
  let jiraIssues: JiraIssueStore
  let issues: LinkedIssueReading

  /// Another comparison of the same link is under way.
  struct Busy: Error {}

  /// Compares both sides as the vendors state them now, and carries the change over.
  ///
  /// - Throws: `Busy`; a 409 for a link without a ticket; `VendorFailure` when a side cannot be read.
  ///   What fails while carrying over is noted at the link and thrown too.
  func sync(_ id: Int64, cause: String) async throws -> LinkSyncOutcome {
    let ends = try await finder.ends(of: id)
    guard try await links.hold(id) else { throw Busy() }
    do {
      return try await compare(ends, cause)
    } catch {
      // Also when this task is cancelled: the next one must not wait for the hold to end.
      await Task { try? await links.endHold(id) }.value
      throw error
    }
  }

  private func compare(_ ends: LinkEnds, _ cause: String) async throws -> LinkSyncOutcome {
    let issue = try await issues.read(ends)
    let ticket = try await readTicket(ends)
    let sides = LinkSides(
      sentryStatus: issue.status, sentryChangedAt: issue.statusChangedAt,
      jiraCategory: JiraIssueRecord(ticket).statusCategory, jiraStatus: ticket.status.name,
      jiraResolution: ticket.resolution,
      jiraChangedAt: ticket.statusCategoryChanged ?? ticket.updated)
    // Read again under the hold: another comparison may have ended in between.
    let link = try await links.link(ends.link.id)
    let decision = StatusDecision.decide(
      sides, agreed: link.agreed, terms: try await writes.terms(of: link),
      mapping: try await mappings.effective(jiraProject: link.jiraProjectID), now: Date())
    var outcome = LinkSyncOutcome(cause: cause, decision: decision.name, reason: decision.reason)
    var results = LinkSyncRecords(sentry: issue, jira: ticket)
    outcome.agreed = LinkAgreement(
      sentryStatus: SentryIssueRecord.statuses.contains(issue.status) ? issue.status : nil,
      jiraCategory: sides.jiraCategory, jiraStatus: sides.jiraStatus,
      jiraResolution: sides.jiraResolution)
    do {
      try await apply(decision.action, ends, &results, &outcome)
    } catch {
      outcome.agreed = LinkAgreement()
      outcome.error =
        (error as? VendorFailure)?.sentence ?? (error as? Problem)?.detail ?? "\(error)"
      try await note(ends, results, outcome)
      throw error
    }
    try await note(ends, results, outcome)
    return outcome
  }

  private func apply(
    _ action: StatusDecision.Action, _ ends: LinkEnds, _ results: inout LinkSyncRecords,
    _ outcome: inout LinkSyncOutcome
  ) async throws {
    switch action {
    case .nothing: break
    case .changeSentry(let wish):
      guard let status = SentryIssueUpdate.Status(wish) else { return }
      outcome.request = LinkSyncOutcome.text([
        "sentry_issue": .string(results.sentry.shortID), "status": .string(status.rawValue),
      ])
      results.sentry = try await writes.recording(
        ends.link.id, .sentry, expected: wish.sentryStatus ?? ""
      ) {
        try await ends.sentry.updateIssue(
          ends.sentryIssue.sentryID, SentryIssueUpdate(status: status))
      }
      outcome.movedSentry = true
      outcome.agreed.sentryStatus = wish.sentryStatus
    case .moveTicket(let target):
      let path = try await mover.move(ends, results.jira, to: target)
      outcome.request = LinkSyncOutcome.text([
        "jira_issue": .string(results.jira.key),
        "transitions": .array(path.map { .string($0.name) }),
      ])
      results.jira = try await readTicket(ends)
      outcome.movedJira = true
      guard let end = path.last?.to else { return }
      // Not what is read back: somebody may have moved it on by now, and that is a change.
      outcome.agreed.jiraStatus = end.name
      outcome.agreed.jiraCategory =
        StatusMapping.categories.contains(end.category) ? end.category : "indeterminate"
      outcome.agreed.jiraResolution = results.jira.resolution
    case .createFollowUp:
      let followUp = try await tickets.createFollowUp(of: ends.link, done: results.jira.key)
      outcome.request = LinkSyncOutcome.text(["new_link": JSONValue(followUp)])
      outcome.movedJira = true
    }
  }

  private func readTicket(_ ends: LinkEnds) async throws -> JiraIssue {
    let fields = JiraIssueRecord.fields + ["statuscategorychangedate"]
    let organization = ends.project.organizationID
    return try await finder.jiraOrganizations.notingUnauthorized(of: organization) {
      do {
        return try await asking(.jira) { try await ends.jira.issue(ends.ticketID, fields: fields) }
      } catch let failure as VendorFailure where failure.error.status == 404 {
        return try await absentTicket(ends, organization, fields, failure)
      }
    }
  }

  /// Jira answers 404 for what does not exist, for what this account may not see, and for paths it does not know.
  private func absentTicket(
    _ ends: LinkEnds, _ organization: Int64, _ fields: [String], _ failure: VendorFailure
  ) async throws -> JiraIssue {
    let findings = try await JiraAbsence(client: ends.jira, issues: jiraIssues)
      .look(for: [ends.ticketID], organization: organization, fields: fields)
    if let issue = findings.issues.first { return issue }
    if let issue = findings.gone.first {
      _ = try await jiraIssues.markDeleted(
        [issue.jiraID], organization: organization, dryRun: false)
      throw try await broken(ends, "The ticket was deleted in Jira.")
    }
    guard let issue = findings.notVisible.first else { throw failure }
    try await jiraIssues.markNotVisible([issue.jiraID], organization: organization)
    throw Problem.conflict(
      "ticket-not-visible",
      "Jira does not show \(issue.key) to the account of this organization, and nothing proves that it was deleted."
    )
  }

  private func broken(_ ends: LinkEnds, _ reason: String) async throws -> Problem {
    try await links.markBroken(ends.link.id, reason)
    return Problem.conflict("link-broken", reason)
  }

  private func note(_ ends: LinkEnds, _ results: LinkSyncRecords, _ outcome: LinkSyncOutcome)
    async throws
  {
    let sentryProject = StoredSentryProject(
      id: ends.sentryIssue.projectID, organizationID: ends.sentryIssue.organizationID, sentryID: 0,
      slug: ends.sentryIssue.projectSlug, maxIssues: nil)
    let jiraProject = try await finder.project(of: results.jira, ends)
    // Of a merged issue Sentry tells the one it became: that is another record, which the drift
    // check follows.
    let isMerged = results.sentry.id != ends.sentryIssue.sentryID
    try await links.noteSync(
      ends.link.id, outcome,
      sentry: isMerged ? nil : (SentryIssueRecord(results.sentry), sentryProject),
      jira: jiraProject.map { (JiraIssueRecord(results.jira), $0) })
  }
}

/// Both sides as they were read last.
private struct LinkSyncRecords: Sendable {
  var sentry: SentryIssue
  var jira: JiraIssue
}

extension LinkSyncOutcome {
  fileprivate static func text(_ object: [String: JSONValue]) -> String {
    String(decoding: JSONValue.object(object).encoded(), as: UTF8.self)
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
