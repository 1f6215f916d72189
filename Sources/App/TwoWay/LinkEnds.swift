import JiraClient
import SentryClient

/// Both sides of a link with the clients that speak for them.
struct LinkEnds: Sendable {
  var link: Link
  /// Jira's own id of the ticket.
  var ticketID: String
  var sentryIssue: StoredSentryIssue
  var sentry: SentryClient
  /// The Sentry organization's host and slug.
  var sentryOrganization: String
  var project: StoredJiraProject
  var jira: JiraClient
}

extension LinkEnds {
  /// What marks the ticket of a link that this service did not create.
  func marker(_ installation: String) -> TicketMarker {
    TicketMarker(
      installation: installation, organization: sentryOrganization, issue: sentryIssue.sentryID,
      ordinal: link.ordinal)
  }
}

/// Finds the two sides of a link.
struct LinkEndsFinder: Sendable {
  let links: LinkStore
  let sentryIssues: SentryIssueStore
  let sentryOrganizations: OrganizationStore
  let sentryClients: SentryClients
  let jiraProjects: JiraProjectStore
  let jiraOrganizations: OrganizationStore
  let jiraClients: JiraClients

  /// - Throws: a 404; a 409 for a link without a ticket, or one that is merely proposed.
  func ends(of id: Int64) async throws -> LinkEnds {
    let link = try await links.link(id)
    guard link.state != LinkState.proposed.rawValue else {
      throw Problem.conflict(
        "link-proposed",
        "Link \(id) is merely proposed and carries nothing; accept it first, or reject it.")
    }
    guard let ticketID = link.ticketID else {
      throw Problem.conflict(
        "link-pending", "Link \(id) has no ticket yet; its creation has not been settled.")
    }
    let issue = try await sentryIssues.issue(link.sentryIssueID)
    let project = try await jiraProjects.project(link.jiraProjectID)
    let sentry = try await sentryOrganizations.organization(issue.organizationID)
    return LinkEnds(
      link: link, ticketID: String(ticketID), sentryIssue: issue,
      sentry: try sentryClients.client(of: sentry), sentryOrganization: sentry.sentryIdentity,
      project: project,
      jira: try jiraClients.client(
        of: try await jiraOrganizations.organization(project.organizationID)))
  }

  /// The stored project that Jira says the ticket is in now; nil when it is not known here.
  func project(of ticket: JiraIssue, _ ends: LinkEnds) async throws -> StoredJiraProject? {
    guard let jiraID = ticket.projectID, jiraID != ends.project.jiraID else { return ends.project }
    return try await jiraProjects.projects(
      organization: ends.project.organizationID, jiraIDs: [jiraID])[jiraID]
  }
}
