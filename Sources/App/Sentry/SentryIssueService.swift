import SentryClient

/// Changes Sentry issues: Sentry first, then the copy as Sentry states it.
struct SentryIssueService: Sendable {
  let issues: SentryIssueStore
  let organizations: OrganizationStore
  let clients: SentryClients
  let refresh: SentryRefresh
  let merges: MergedIssueStore

  /// - Throws: a 404; a 409 that names the issue that this one was merged into; a 412 before Sentry is asked;
  ///   `VendorFailure` with what Sentry says.
  func update(
    _ id: Int64, _ status: SentryIssueUpdate.Status, _ precondition: Precondition
  ) async throws {
    let issue = try await issues.issue(id)
    if precondition.isAsked, let json = try await issues.find(id) { try precondition.check(json) }
    let client = try clients.client(of: try await organizations.organization(issue.organizationID))
    // Sentry takes a change of a merged issue for one of the issue it was merged into: that must not be changed for it.
    let current = try await asking(.sentry) { try await client.issue(issue.sentryID) }
    if current.id != issue.sentryID { throw try await merged(issue, into: current) }
    let answer = try await asking(.sentry) {
      try await client.updateIssue(issue.sentryID, SentryIssueUpdate(status: status))
    }
    if answer.id != issue.sentryID { throw try await merged(issue, into: answer) }
    let project = StoredSentryProject(
      id: issue.projectID, organizationID: issue.organizationID, sentryID: 0,
      slug: issue.projectSlug, maxIssues: nil)
    try await issues.storeChange(id, SentryIssueRecord(answer), project: project)
  }

  private func merged(_ issue: StoredSentryIssue, into parent: SentryIssue) async throws -> Problem
  {
    _ = try await refresh.store([parent], organization: issue.organizationID)
    try await merges.follow(
      issue.sentryID, into: (parent.id, parent.shortID), organization: issue.organizationID)
    return SentryIssueStore.merged(
      issue.shortID, into: parent.shortID,
      storedAs: try await issues.id(ofSentry: parent.id, organization: issue.organizationID))
  }
}
