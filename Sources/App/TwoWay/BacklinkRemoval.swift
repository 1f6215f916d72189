import JiraClient
import RESTClient
import SentryClient

/// Takes away the web link in Jira and the external issue in Sentry that a link had published: only what
/// is ours, and only what no other link needs. A comment that stood in for an external issue stays.
struct BacklinkRemoval: Sendable {
  let links: LinkStore
  let installations: SentryInstallations
  let sentryOrganizations: OrganizationStore
  let sentryClients: SentryClients
  let jiraIssues: JiraIssueStore
  let jiraOrganizations: OrganizationStore
  let jiraClients: JiraClients

  /// Done twice it is as done once.
  ///
  /// - Throws: `VendorFailure`; a 404 when an organization is gone by now.
  func remove(_ job: RemoveBacklinks) async throws {
    guard let sides = try await links.sides(sentryIssue: job.sentryIssueID, ticket: job.jiraIssueID)
    else { return }
    let jira = try jiraClients.client(
      of: try await jiraOrganizations.organization(sides.jiraOrganizationID))
    let sentry = try sentryClients.client(
      of: try await sentryOrganizations.organization(sides.sentryOrganizationID))
    // The two may have been linked again in the meantime.
    var hadLink = false
    if try await !links.needs(remoteLink: job.globalID, at: job.jiraIssueID) {
      hadLink = try await asking(.jira) {
        try await jira.deleteRemoteLink(String(sides.jiraID), globalID: job.globalID)
      }
    }
    if hadLink {
      try await links.noteBacklinkRemoved(
        "jira_issue", job.jiraIssueID, "remote_link", job.globalID)
    }
    let url = try await jiraIssues.place(job.jiraIssueID).url
    if let shown = try await asking(.sentry, { try await removeTicket(job, url, sides, sentry) }) {
      try await links.noteBacklinkRemoved(
        "sentry_issue", job.sentryIssueID, "external_issue", shown)
      // Sentry shows one ticket per issue and integration: the place is free for another one.
      try await links.publishAnother(of: job.sentryIssueID)
    }
  }

  /// - Returns: the address that was shown; nil when no ticket of this link is.
  private func removeTicket(
    _ job: RemoveBacklinks, _ url: String, _ sides: LinkSideIDs, _ client: SentryClient
  ) async throws -> String? {
    // Sentry keeps the id when another ticket takes the place of the first.
    if let id = job.externalIssueID,
      try await links.shows(externalIssue: id, at: job.sentryIssueID)
    {
      return nil
    }
    let shown: [SentryExternalIssue]
    do {
      shown = try await client.externalIssues(of: sides.sentryID)
    } catch let error as RESTError where error.status == 404 {
      return nil
    }
    // Links of an earlier version have not kept the id.
    let own = shown.filter { one in
      if let id = job.externalIssueID { return one.id == id }
      return one.webURL == url
    }
    guard !own.isEmpty else { return nil }
    // Only the integration that made it may take it away, and only ours may act with our token: an app of
    // another vendor that shows the same ticket keeps it.
    var refusal: RESTError?
    for installation in try await installations.possible(sides.sentryOrganizationID, client) {
      do {
        for one in own {
          try await client.deleteExternalIssue(installation: installation, id: one.id)
        }
        let left = try await client.externalIssues(of: sides.sentryID).map(\.id)
        return own.first { !left.contains($0.id) }?.webURL
      } catch let error as RESTError where error.status == 403 {
        refusal = error
      }
    }
    if let refusal { throw refusal }
    return nil
  }
}
