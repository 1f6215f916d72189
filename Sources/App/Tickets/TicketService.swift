import Foundation
import JiraClient
import Logging
import RESTClient
import SentryClient

/// Creates Jira tickets from Sentry issues, each at most once.
struct TicketService: Sendable {
  /// The job that settles an unfinished creation starts this long after the reservation.
  static let settleAfter: Duration = .seconds(60)
  /// Requests for one ticket, where Jira says each time that it took nothing on.
  static let maxPosts = 4

  let links: LinkStore
  let sentryIssues: SentryIssueStore
  let sentryOrganizations: OrganizationStore
  let sentryClients: SentryClients
  let jiraProjects: JiraProjectStore
  let jiraOrganizations: OrganizationStore
  let jiraClients: JiraClients
  let createMetadata: CreateMetadata
  let logger: Logger

  /// What Jira would be sent; writes nothing anywhere.
  func preview(sentryIssue id: Int64, _ request: TicketRequest) async throws -> JSONValue {
    let plan = try await plan(id, request, checked: false)
    let marker = plan.marker(try await links.nextOrdinal(sentryIssue: id))
    let draft = plan.draft(marker)
    let existing = try await links.page(
      PageRequest(limit: 50, sort: LinkStore.sorts[0], descending: false, cursor: nil),
      .init(sentryIssueID: id))
    var problems: [Problem.FieldError] = []
    var jiraRequest: JSONValue
    do {
      jiraRequest = try plan.newIssue(marker).json
    } catch let problem as Problem {
      problems = problem.fieldErrors
      if problems.isEmpty { problems = [.init(pointer: "", detail: problem.detail)] }
      jiraRequest = [
        "fields": ["summary": .string(draft.summary), "description": draft.description.json]
      ]
    }
    return .object([
      "jira_request": jiraRequest,
      "summary": .string(draft.summary), "description": draft.description.json,
      "description_text": .string(draft.description.plainText),
      "labels": .array((plan.hasLabels ? draft.labels : []).map(JSONValue.string)),
      "marker_label": plan.hasLabels ? .string(marker.label) : .null,
      "create_metadata": plan.metadata.json,
      "errors": .array(
        problems.map {
          .object(["pointer": .string($0.pointer), "detail": .string($0.detail)])
        }),
      "warnings": .array(plan.event.warnings),
      "existing_links": try JSONValue(parsing: existing.data),
    ])
  }

  /// Reserves the link, asks Jira, and makes the link active.
  ///
  /// - Returns: the link's id. The link stays pending, and says why, when Jira has created the ticket
  ///   and does not show it.
  /// - Throws: a 409 when there is a ticket already; a 422 for fields Jira requires;
  ///   `VendorFailure` when Jira refused. When it is not known whether Jira created the ticket, the
  ///   link stays pending and a job continues to look for the ticket.
  ///
  /// - Parameter continues: the link whose ticket the new one goes on for.
  func createTicket(
    sentryIssue id: Int64, _ request: TicketRequest, by principal: String, continues: Int64? = nil
  ) async throws -> Int64 {
    // What Jira would refuse leaves no trace.
    let plan = try await plan(id, request)
    let link = try await reserve(plan, by: principal, continues: continues)
    let created = try await post(link, plan)
    try await finish(link, created, plan.project, plan.client)
    return link.id
  }

  /// - Throws: a 409 when another link is in the way.
  func reserve(_ plan: TicketPlan, by principal: String, continues: Int64? = nil) async throws
    -> Link
  {
    let request = plan.request
    let reservation = try await links.reserve(
      LinkFields(
        sentryIssueID: plan.issue.id, createdBy: principal, notes: request.notes,
        syncsSentryToJira: request.syncsSentryToJira,
        syncsJiraToSentry: request.syncsJiraToSentry, continues: continues),
      jiraProjectID: plan.project.id, allowsDuplicate: request.allowsDuplicate,
      settleAfter: Self.settleAfter, isLabelled: plan.hasLabels, marker: plan.marker)
    switch reservation {
    case .taken(let linkID, let state): throw Self.taken(linkID, state)
    case .reserved(let link): return link
    }
  }

  /// The event with the stack trace; a ticket is worth having without one too.
  func latestEvent(_ issue: StoredSentryIssue) async throws -> LatestEvent {
    let organization = try await sentryOrganizations.organization(issue.organizationID)
    do {
      return LatestEvent(
        try await sentryClients.client(of: organization).latestEvent(issue: issue.sentryID))
    } catch let error as RESTError {
      logger.notice(
        "ticket.event.unavailable",
        metadata: ["sentry.issue": "\(issue.shortID)", "error": "\(error.sentence)"])
      return LatestEvent(error)
    }
  }

  private static func taken(_ linkID: Int64, _ state: String) -> Problem {
    let next =
      state == "pending"
      ? "its ticket is being created or waits to be settled"
      : "send \"allow_duplicate\": true to create another ticket"
    var problem = Problem.conflict(
      "already-linked",
      "This Sentry issue is linked in that Jira project already, by link \(linkID); \(next).")
    problem.members["link"] = .object([
      "id": JSONValue(linkID), "state": .string(state),
      "url": .string("/api/v1/links/\(linkID)"),
    ])
    return problem
  }
}
