import Foundation
import JiraClient
import RESTClient
import SentryClient

/// Keeps the two sides of a link in step: reads both, decides, changes one at its vendor, and records what
/// came of it. Links that share a ticket or a Sentry issue are held together, and one comparison carries a
/// ticket's change to all of its issues.
struct LinkSync: Sendable {
  /// How long after a side was read it may be written: whoever changes it later is not overwritten.
  static let maxDecisionAge: Duration = .seconds(1)
  /// What is left for a write at least, also where a vendor was slow to answer the reading.
  static let minTimeToWrite: Duration = .milliseconds(500)
  /// A write that was answered later than this after the reading is checked: someone may have changed the
  /// side in between.
  static let maxUncheckedAge: Duration = .seconds(2)
  /// How often the sides are read again before the comparison is left for later.
  static let maxTurns = 12

  let links: LinkStore
  let finder: LinkEndsFinder
  let mappings: StatusMappingStore
  let writes: VendorWriteStore
  let mover: TicketMover
  let tickets: TicketService
  let jiraIssues: JiraIssueStore
  let issues: LinkedIssueReading

  /// Another comparison of the same link, or of one that shares its ticket or issue, is under way.
  struct Busy: Error {}

  /// Compares both sides, and carries the change over.
  ///
  /// - Parameters:
  ///   - handed: what a webhook has just read.
  ///   - follows: whom a person wants to follow.
  /// - Throws: `Busy`; a 409 for a link without a ticket; `VendorFailure` when a side cannot be read.
  ///   What fails while carrying over is recorded at the link and thrown too.
  func sync(
    _ id: Int64, cause: String, handed: HandedReading? = nil, follows: LinkSource? = nil
  ) async throws -> LinkSyncOutcome {
    var ends = try await finder.ends(of: id)
    guard let held = try await links.hold(id) else { throw Busy() }
    do {
      // Read again under the hold: another comparison may have ended in between.
      ends.link = try await links.link(id)
      var comparison = LinkComparison(
        sync: self, ends: ends, cause: cause, held: held,
        fellows: try await links.fellows(of: ends.link),
        mapping: try await mappings.effective(jiraProject: ends.link.jiraProjectID))
      return try await comparison.run(handed?.isFresh == true ? handed : nil, follows: follows)
    } catch {
      // Also when this task is cancelled: the next one must not wait for the hold to end.
      await Task { try? await links.endHold(held) }.value
      throw error
    }
  }

  /// The link's terms, with what else is linked to its ticket and its issue.
  func terms(of link: Link, _ fellows: [LinkFellow], _ mapping: StatusMapping) async throws
    -> LinkTerms
  {
    var terms = try await writes.terms(of: link)
    terms.otherIssues = fellows.filter {
      $0.link.jiraIssueID == link.jiraIssueID && $0.link.syncsSentryToJira
    }.map(\.sentryStatus)
    for other in fellows
    where other.link.sentryIssueID == link.sentryIssueID && other.link.syncsJiraToSentry {
      let own =
        other.link.jiraProjectID == link.jiraProjectID
        ? mapping : try await mappings.effective(jiraProject: other.link.jiraProjectID)
      terms.otherTickets.append(
        .init(
          wish: own.action(
            status: other.jiraStatus, category: other.jiraCategory, resolution: other.jiraResolution
          ),
          isDone: other.jiraCategory == "done"))
    }
    return terms
  }

  func readIssue(_ ends: LinkEnds) async throws -> SentryIssue { try await issues.read(ends) }

  func readTicket(_ ends: LinkEnds) async throws -> JiraIssueWithTransitions {
    let fields = JiraIssueRecord.fields + ["statuscategorychangedate"]
    let organization = ends.project.organizationID
    return try await finder.jiraOrganizations.notingUnauthorized(of: organization) {
      do {
        return try await asking(.jira) {
          try await ends.jira.issueWithTransitions(ends.ticketID, fields: fields)
        }
      } catch let failure as VendorFailure where failure.error.status == 404 {
        return JiraIssueWithTransitions(
          try await absentTicket(ends, organization, fields, failure))
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
}
