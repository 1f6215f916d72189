import SentryClient

/// Changes Sentry issues: Sentry first, then the copy as Sentry states it.
struct SentryIssueService: Sendable {
  let issues: SentryIssueStore
  let organizations: OrganizationStore
  let clients: SentryClients

  /// - Throws: a 404; a 412 before Sentry is asked; `VendorFailure` with what Sentry says.
  func update(
    _ id: Int64, _ status: SentryIssueUpdate.Status, _ precondition: Precondition
  ) async throws {
    let issue = try await issues.issue(id)
    if precondition.isAsked, let json = try await issues.find(id) { try precondition.check(json) }
    let client = try clients.client(of: try await organizations.organization(issue.organizationID))
    let answer = try await asking(.sentry) {
      try await client.updateIssue(issue.sentryID, SentryIssueUpdate(status: status))
    }
    let project = StoredSentryProject(
      id: issue.projectID, organizationID: issue.organizationID, sentryID: 0,
      slug: issue.projectSlug, maxIssues: nil)
    try await issues.storeChange(id, SentryIssueRecord(answer), project: project)
  }
}
