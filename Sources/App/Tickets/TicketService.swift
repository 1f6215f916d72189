import Foundation
import JiraClient
import Logging
import RESTClient
import SentryClient

/// Creates Jira tickets from Sentry issues, each at most once.
struct TicketService: Sendable {
  /// Pauses between searches for a ticket whose creation was not answered; Jira's index lags by
  /// seconds.
  static let searchPauses: [Duration] = [
    .milliseconds(500), .seconds(1), .seconds(2), .seconds(4),
  ]
  /// The job that settles an unfinished creation starts this long after the reservation.
  static let settleAfter: Duration = .seconds(60)
  /// Requests for one ticket, where Jira says each time that it took nothing on.
  static let mostPosts = 4
  /// Key of the issue property that marks our tickets.
  static let propertyKey = "issuebridge"

  let links: LinkStore
  let sentryIssues: SentryIssueStore
  let sentryOrganizations: OrganizationStore
  let sentryClients: SentryClients
  let jiraProjects: JiraProjectStore
  let jiraOrganizations: OrganizationStore
  let jiraClients: JiraClients
  let logger: Logger

  /// Everything needed to ask Jira for a ticket.
  private struct Plan: Sendable {
    var issue: StoredSentryIssue
    var project: StoredJiraProject
    var client: JiraClient
    var metadata: IssueTypeMetadata
    var event: SentryEvent?
  }

  /// What Jira would be asked; writes nothing anywhere.
  func preview(sentryIssue id: Int64, _ request: TicketRequest) async throws -> JSONValue {
    let plan = try await plan(id, request)
    let draft = TicketDraft(
      issue: plan.issue, event: plan.event, request: request, ticketLabel: nil)
    let existing = try await links.page(
      PageRequest(limit: 50, sort: LinkStore.sorts[0], descending: false, cursor: nil),
      .init(sentryIssueID: id))
    var problems: [Problem.FieldError] = []
    var fields: [String: JSONValue] = [:]
    do {
      fields = try TicketFields.fields(
        draft: draft, request: request, project: plan.project, metadata: plan.metadata)
    } catch let problem as Problem {
      problems = problem.fieldErrors
      fields = ["summary": .string(draft.summary), "description": draft.description.json]
    }
    return .object([
      "jira_request": .object(["fields": .object(fields)]),
      "summary": .string(draft.summary), "description": draft.description.json,
      "description_text": .string(draft.description.plainText),
      "labels": .array(draft.labels.map(JSONValue.string)),
      "create_metadata": plan.metadata.json,
      "errors": .array(
        problems.map {
          .object(["pointer": .string($0.pointer), "detail": .string($0.detail)])
        }),
      "existing_links": try JSONValue(parsing: existing.data),
    ])
  }

  /// Reserves the link, asks Jira, and makes the link active.
  ///
  /// - Returns: the link's id.
  /// - Throws: a 409 when there is a ticket already; a 422 for fields Jira requires;
  ///   `VendorFailure` when Jira refused. When it is not known whether Jira created the ticket, the
  ///   link stays pending and a job goes on looking for the ticket.
  ///
  /// - Parameter continues: the link whose ticket the new one goes on for.
  func createTicket(
    sentryIssue id: Int64, _ request: TicketRequest, by principal: String, continues: Int64? = nil
  ) async throws -> Int64 {
    let plan = try await plan(id, request)
    // Checked before anything is reserved: what Jira would refuse leaves no trace.
    _ = try TicketFields.fields(
      draft: TicketDraft(issue: plan.issue, event: plan.event, request: request, ticketLabel: nil),
      request: request, project: plan.project, metadata: plan.metadata)
    let reservation = try await links.reserve(
      LinkFields(
        sentryIssueID: id, createdBy: principal, notes: request.notes,
        syncsSentryToJira: request.syncsSentryToJira,
        syncsJiraToSentry: request.syncsJiraToSentry, continues: continues),
      jiraProjectID: plan.project.id, allowsDuplicate: request.allowsDuplicate,
      settleAfter: Self.settleAfter)
    switch reservation {
    case .taken(let linkID, let state): throw Self.taken(linkID, state)
    case .reserved(let link):
      let ticketID = try await post(link, plan, request)
      try await activate(link, ticketID: ticketID, plan.project, plan.client)
      return link.id
    }
  }

  private func post(_ link: Link, _ plan: Plan, _ request: TicketRequest) async throws -> String {
    let draft = TicketDraft(
      issue: plan.issue, event: plan.event, request: request, ticketLabel: link.ticketLabel)
    var posts = 0
    while true {
      posts += 1
      guard try await links.notePosted(link.id) else {
        throw Problem.conflict(
          "reservation-ended", "The creation took too long to begin and was given up; try again.")
      }
      do {
        let fields = try TicketFields.fields(
          draft: draft, request: request, project: plan.project, metadata: plan.metadata)
        return try await asking(.jira) {
          try await plan.client.createIssue(
            fields: fields, properties: [(Self.propertyKey, Self.property(link))])
        }.id
      } catch let failure as VendorFailure where failure.error.mayHaveBeenReceived {
        logger.warning(
          "ticket.create.ambiguous",
          metadata: ["link.id": "\(link.id)", "error": "\(failure.sentence)"])
        // 503 says that Jira took nothing on. When the search over its index's lag agrees, it is
        // asked again. After any other failure nobody can know: a second ticket would be worse than
        // one that waits.
        let isRefused = failure.error.status == 503
        if isRefused { try await links.noteNotTaken(link.id) }
        if let found = try await findTicket(link, plan.project, plan.client) { return found }
        if isRefused, posts < Self.mostPosts { continue }
        try await links.noteError(
          link.id, "It is not known whether Jira created the ticket. \(failure.sentence)")
        throw failure
      } catch {
        try await links.release(link.id)
        throw error
      }
    }
  }

  /// Looks for the ticket of a reservation, several times over the lag of Jira's index.
  func findTicket(
    _ link: Link, _ project: StoredJiraProject, _ client: JiraClient,
    pauses: [Duration] = TicketService.searchPauses
  ) async throws -> String? {
    let jql = JQL.and(
      .equals("project", .number(project.jiraID)), .equals("labels", .text(link.ticketLabel)))
    for pause in [.zero] + pauses {
      try await Task.sleep(for: pause)
      let page = try await asking(.jira) {
        try await client.search(jql: jql.text, fields: ["summary"], maxResults: 2)
      }
      if let issue = page.issues.first { return String(issue.id) }
    }
    return nil
  }

  /// Reads the ticket back and makes the link active with it.
  func activate(
    _ link: Link, ticketID: String, _ project: StoredJiraProject, _ client: JiraClient
  ) async throws {
    let ticket = try await asking(.jira) {
      try await client.issue(ticketID, fields: JiraIssueRecord.fields)
    }
    let issue = try await sentryIssues.issue(link.sentryIssueID)
    try await links.activate(
      link.id, ticket: JiraIssueRecord(ticket), project: project, sentryStatus: issue.status)
  }

  private func plan(_ id: Int64, _ request: TicketRequest) async throws -> Plan {
    let issue = try await sentryIssues.issue(id)
    let project: StoredJiraProject
    do {
      project = try await jiraProjects.project(request.jiraProjectID)
    } catch let problem as Problem where problem.status == 404 {
      throw Problem.invalid("/jira_project_id", problem.detail)
    }
    let organization = try await jiraOrganizations.organization(project.organizationID)
    let client = try jiraClients.client(of: organization)
    let metadata = try await asking(.jira) {
      let types = try await client.createMetadataIssueTypes(project: String(project.jiraID))
      let type = try TicketFields.issueType(
        named: request.issueType ?? project.defaultIssueType, among: types)
      return try await CreateMetadata.load(type, project: project, client: client)
    }
    return Plan(
      issue: issue, project: project, client: client, metadata: metadata,
      event: try await latestEvent(issue))
  }

  /// The event with the stack trace; a ticket is worth having without one too.
  private func latestEvent(_ issue: StoredSentryIssue) async throws -> SentryEvent? {
    let organization = try await sentryOrganizations.organization(issue.organizationID)
    do {
      return try await sentryClients.client(of: organization).latestEvent(issue: issue.sentryID)
    } catch let error as RESTError {
      logger.notice(
        "ticket.event.unavailable",
        metadata: ["sentry.issue": "\(issue.shortID)", "error": "\(error.sentence)"])
      return nil
    }
  }

  private static func property(_ link: Link) -> JSONValue {
    .object([
      "link": .string(String(link.id)), "label": .string(link.ticketLabel),
      "sentry_issue": .string(String(link.sentryIssueID)),
    ])
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
