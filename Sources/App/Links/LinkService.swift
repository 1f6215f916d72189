import Foundation
import JiraClient
import RESTClient
import SentryClient

/// Keeps the two sides of a link in step.
struct LinkService: Sendable {
  /// Most transitions to bring a ticket to its goal.
  static let longestPath = 6

  let links: LinkStore
  let sentryIssues: SentryIssueStore
  let sentryOrganizations: SentryOrganizationStore
  let sentryClients: SentryClients
  let jiraIssues: JiraIssueStore
  let jiraProjects: JiraProjectStore
  let jiraOrganizations: JiraOrganizationStore
  let jiraClients: JiraClients

  /// Both sides with the clients that speak for them.
  private struct Ends: Sendable {
    var link: Link
    var ticketID: String
    var sentryIssue: StoredSentryIssue
    var sentry: SentryClient
    var project: StoredJiraProject
    var jira: JiraClient
  }

  /// Compares both sides as the vendors state them now, and carries the change over.
  ///
  /// - Throws: a 409 for a link without a ticket; `VendorFailure` when a side cannot be read. What
  ///   fails while carrying over is noted at the link and thrown too.
  func sync(_ id: Int64) async throws -> LinkSyncOutcome {
    let ends = try await ends(of: id)
    let issue = try await asking(.sentry) { try await ends.sentry.issue(ends.sentryIssue.sentryID) }
    let ticket = try await readTicket(ends)
    let sides = LinkSides(
      sentryStatus: issue.status, sentryChangedAt: issue.statusChangedAt,
      jiraCategory: ticket.status.categoryKey, jiraStatus: ticket.status.name,
      jiraChangedAt: ticket.statusCategoryChanged ?? ticket.updated)
    let decision = StatusDecision.decide(
      sides, agreedSentryStatus: ends.link.agreedSentryStatus,
      agreedJiraCategory: ends.link.agreedJiraCategory,
      syncsSentryToJira: ends.link.syncsSentryToJira,
      syncsJiraToSentry: ends.link.syncsJiraToSentry)
    var outcome = LinkSyncOutcome(
      decision: decision.action.rawValue, reason: decision.reason)
    do {
      try await apply(decision.action, ends, issue, ticket, &outcome)
    } catch {
      let failure = error as? VendorFailure
      outcome.error = failure?.sentence ?? (error as? Problem)?.detail ?? "\(error)"
      try await links.noteSync(id, outcome)
      throw error
    }
    try await links.noteSync(id, outcome)
    return outcome
  }

  private func apply(
    _ action: StatusDecision.Action, _ ends: Ends, _ issue: SentryIssue, _ ticket: JiraIssue,
    _ outcome: inout LinkSyncOutcome
  ) async throws {
    var issue = issue
    var ticket = ticket
    switch action {
    case .nothing: break
    case .resolveSentry, .unresolveSentry:
      let status: SentryIssueUpdate.Status =
        action == .resolveSentry ? .resolved : .unresolved
      outcome.request = #"{"sentry_issue":"\#(issue.shortID)","status":"\#(status.rawValue)"}"#
      issue = try await asking(.sentry) {
        try await ends.sentry.updateIssue(
          ends.sentryIssue.sentryID, SentryIssueUpdate(status: status))
      }
      outcome.movedSentry = true
    case .completeTicket, .reopenTicket:
      let path = try await move(ends, ticket, done: action == .completeTicket)
      outcome.request = String(
        decoding: JSONValue.object([
          "jira_issue": .string(ticket.key), "transitions": .array(path.map(JSONValue.string)),
        ]).encoded(), as: UTF8.self)
      ticket = try await readTicket(ends)
      outcome.movedJira = true
    }
    try await store(issue, ticket, ends)
    outcome.agreedSentryStatus =
      SentryIssueRecord.statuses.contains(issue.status) ? issue.status : nil
    outcome.agreedJiraCategory = JiraIssueRecord(ticket).statusCategory
  }

  /// Moves a ticket by as many transitions as it takes.
  ///
  /// - Returns: the names of the transitions made.
  private func move(_ ends: Ends, _ ticket: JiraIssue, done: Bool) async throws -> [String] {
    var visited: Set<String> = [ticket.status.id]
    var path: [String] = []
    while path.count < Self.longestPath {
      let offered = try await asking(.jira) { try await ends.jira.transitions(ends.ticketID) }
      guard let next = TransitionChoice.choose(offered, done: done, visited: visited) else { break }
      guard let fields = TransitionChoice.fields(of: next) else {
        throw Problem.conflict(
          "transition-needs-fields",
          "Jira's transition '\(next.name)' of \(ticket.key) requires fields that have no values to "
            + "choose from; move the ticket by hand.")
      }
      try await asking(.jira) {
        try await ends.jira.transition(ends.ticketID, id: next.id, fields: fields)
      }
      path.append(next.name)
      visited.insert(next.to.id)
      if (next.to.categoryKey == "done") == done { return path }
    }
    throw Problem.conflict(
      "no-transition",
      "Jira offers no transition that \(done ? "completes" : "reopens") \(ticket.key) from "
        + "'\(ticket.status.name)'; check the workflow and this account's permissions.")
  }

  private func readTicket(_ ends: Ends) async throws -> JiraIssue {
    do {
      return try await asking(.jira) {
        try await ends.jira.issue(ends.ticketID, fields: JiraIssueRecord.fields)
      }
    } catch let failure as VendorFailure where failure.error.status == 404 {
      let reason =
        "The ticket is gone: Jira does not know it any more, or this account may not see it."
      try await links.markBroken(ends.link.id, reason)
      throw Problem.conflict("link-broken", reason)
    }
  }

  private func store(_ issue: SentryIssue, _ ticket: JiraIssue, _ ends: Ends) async throws {
    let sentryProject = StoredSentryProject(
      id: ends.sentryIssue.projectID, organizationID: ends.sentryIssue.organizationID, sentryID: 0,
      slug: ends.sentryIssue.projectSlug, maxIssues: nil)
    _ = try await sentryIssues.upsert(
      [SentryIssueRecord(issue)], project: sentryProject, dryRun: false)
    _ = try await jiraIssues.upsert(
      [JiraIssueRecord(ticket)], project: ends.project, dryRun: false)
  }

  private func ends(of id: Int64) async throws -> Ends {
    let link = try await links.link(id)
    guard let ticketID = link.ticketID else {
      throw Problem.conflict(
        "link-pending", "Link \(id) has no ticket yet; its creation has not been settled.")
    }
    let issue = try await sentryIssues.issue(link.sentryIssueID)
    let project = try await jiraProjects.project(link.jiraProjectID)
    return Ends(
      link: link, ticketID: String(ticketID), sentryIssue: issue,
      sentry: try sentryClients.client(
        of: try await sentryOrganizations.organization(issue.organizationID)),
      project: project,
      jira: try jiraClients.client(
        of: try await jiraOrganizations.organization(project.organizationID)))
  }
}
