import JiraClient
import RESTClient
import SentryClient

/// Everything needed to ask Jira for a ticket.
struct TicketPlan: Sendable {
  var request: TicketRequest
  var issue: StoredSentryIssue
  var project: StoredJiraProject
  var client: JiraClient
  var metadata: IssueTypeMetadata
  var event: LatestEvent
  /// This installation's id.
  var installation: String
  /// The Sentry organization's host and slug.
  var sentryOrganization: String

  /// Whether tickets of this project can carry a label.
  var hasLabels: Bool { metadata.fields.contains { $0.key == "labels" } }

  func marker(_ ordinal: Int) -> TicketMarker {
    TicketMarker(
      installation: installation, organization: sentryOrganization, issue: issue.sentryID,
      ordinal: ordinal)
  }

  func draft(_ marker: TicketMarker) -> TicketDraft {
    TicketDraft(issue: issue, event: event, request: request, ticketLabel: marker.label)
  }

  /// - Throws: a 422 that names each field that is wrong or missing.
  func newIssue(_ marker: TicketMarker) throws -> JiraNewIssue {
    JiraNewIssue(
      fields: try TicketFields.fields(
        draft: draft(marker), request: request, project: project, metadata: metadata),
      properties: [(TicketMarker.propertyKey, marker.property)])
  }
}

extension TicketService {
  /// Reads what a ticket is made of: the stored issue, its latest event, and what Jira requires.
  ///
  /// - Parameter checked: whether what Jira would refuse is refused here.
  func plan(_ id: Int64, _ request: TicketRequest, checked: Bool = true) async throws
    -> TicketPlan
  {
    let issue = try await sentryIssues.issue(id)
    let project: StoredJiraProject
    do {
      project = try await jiraProjects.project(request.jiraProjectID)
    } catch let problem as Problem where problem.status == 404 {
      throw Problem.invalid("/jira_project_id", problem.detail)
    }
    let client = try await jiraClient(of: project)
    let metadata = try await asking(.jira) {
      try await createMetadata.metadata(
        for: IssueTypeChoice(requested: request.issueType), project, client)
    }
    let sentry = try await sentryOrganizations.organization(issue.organizationID)
    var plan = TicketPlan(
      request: request, issue: issue, project: project, client: client, metadata: metadata,
      event: LatestEvent(), installation: try await links.installation(),
      sentryOrganization: sentry.sentryIdentity)
    // Before Sentry is asked for the event.
    if checked { _ = try plan.newIssue(plan.marker(0)) }
    if request.issueType == nil { try await rememberDefault(metadata.type, of: project) }
    plan.event = try await latestEvent(issue)
    return plan
  }

  func jiraClient(of project: StoredJiraProject) async throws -> JiraClient {
    try jiraClients.client(of: try await jiraOrganizations.organization(project.organizationID))
  }

  /// Stores the id of a default that was set when Jira could not be asked for it.
  private func rememberDefault(_ type: JiraIssueType, of project: StoredJiraProject) async throws {
    guard project.defaultIssueType != nil, project.defaultIssueTypeID != type.id else { return }
    try await jiraProjects.noteDefaultType(project.id, type.id)
  }
}
