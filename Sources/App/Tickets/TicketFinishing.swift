import JiraClient
import Logging
import RESTClient

/// From the ticket that Jira created to an active link. Every step can be repeated, and at every moment
/// the ticket can be found in Jira: by its label until its remote link is published, by that afterwards.
extension TicketService {
  /// - Returns: false when Jira does not show the ticket; the link says so.
  @discardableResult
  func finish(
    _ link: Link, _ created: JiraCreatedIssue, _ project: StoredJiraProject, _ client: JiraClient
  ) async throws -> Bool {
    let isPublished = await publishRemoteLink(link, created, client)
    do {
      var ticket: JiraIssue?
      if isPublished { ticket = await removeMarker(link, created, client) }
      if ticket == nil {
        ticket = try await client.issue(created.id, fields: JiraIssueRecord.fields)
      }
      if let ticket { try await activate(link, ticket, project) }
      return true
    } catch let error as RESTError {
      try await links.noteError(link.id, Self.notReadable(created, error))
      return false
    }
  }

  /// Publishes the remote link of a ticket that Jira created.
  ///
  /// - Returns: whether it is published.
  func publishRemoteLink(_ link: Link, _ created: JiraCreatedIssue, _ client: JiraClient) async
    -> Bool
  {
    do {
      let issue = try await sentryIssues.issue(link.sentryIssueID)
      guard let globalID = link.globalID, let remote = issue.remoteLink(globalID) else {
        return false
      }
      try await client.upsertRemoteLink(created.id, remote)
      try await links.noteRemoteLink(link.id, globalID: globalID)
      return true
    } catch {
      // The job that publishes backlinks tries again.
      logger.notice(
        "ticket.remote_link.unpublished",
        metadata: ["link.id": "\(link.id)", "error": "\(error)"])
      return false
    }
  }

  /// Takes our label off a ticket.
  ///
  /// - Returns: the ticket afterwards; nil when it carries none, or Jira did not answer with it.
  func removeMarker(_ link: Link, _ created: JiraCreatedIssue, _ client: JiraClient) async
    -> JiraIssue?
  {
    guard link.markerState == .attached, let label = link.ticketLabel else { return nil }
    do {
      let ticket = try await client.removeLabel(label, from: created.id)
      try await links.noteMarker([link.id], .removed)
      return ticket
    } catch {
      logger.notice(
        "ticket.label.unremoved", metadata: ["link.id": "\(link.id)", "error": "\(error)"])
      if let error = error as? RESTError, [400, 403].contains(error.status) {
        try? await links.noteMarker([link.id], .kept)
      }
      return nil
    }
  }

  func activate(_ link: Link, _ ticket: JiraIssue, _ project: StoredJiraProject) async throws {
    // An automation may have moved the ticket at once.
    var home = project
    if let jiraID = ticket.projectID, jiraID != project.jiraID {
      home =
        try await jiraProjects.projects(organization: project.organizationID, jiraIDs: [jiraID])[
          jiraID] ?? project
    }
    let issue = try await sentryIssues.issue(link.sentryIssueID)
    try await links.activate(
      link.id, ticket: JiraIssueRecord(ticket), project: home, sentryStatus: issue.status)
  }

  private static func notReadable(_ created: JiraCreatedIssue, _ error: RESTError) -> String {
    guard error.status == 404 || error.status == 403 else {
      return "Jira created \(created.key), but it could not be read yet; this is tried again. "
        + "Jira: \(error.sentence)"
    }
    return "Jira created \(created.key), but this account may not see it; an issue security level "
      + "can hide a ticket from its creator. Let the account see \(created.key), and the link "
      + "becomes active by itself; or delete this link. No second ticket is created."
  }
}

extension StoredSentryIssue {
  /// What shows the issue at a ticket; nil when Sentry gives no address of it.
  func remoteLink(_ globalID: String) -> JiraRemoteLink? {
    permalink.map { url in
      JiraRemoteLink(
        globalID: globalID, url: url, title: "Sentry \(shortID)",
        summary: String(title.prefix(200)), isResolved: status == "resolved")
    }
  }
}
