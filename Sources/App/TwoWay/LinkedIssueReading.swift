import RESTClient
import SentryClient

/// Reads the Sentry issue of a link, and finds out what became of it where it does not answer as itself.
struct LinkedIssueReading: Sendable {
  let refresh: SentryRefresh
  let merges: MergedIssueStore
  let links: LinkStore

  /// - Throws: a 409 that says why there is nothing to compare; only an issue that is gone breaks the link.
  func read(_ ends: LinkEnds) async throws -> SentryIssue {
    let id = ends.sentryIssue.sentryID
    let organization = ends.sentryIssue.organizationID
    do {
      let issue = try await asking(.sentry) { try await ends.sentry.issue(id) }
      if issue.id == id, issue.condition == .live { return issue }
    } catch let failure as VendorFailure where failure.error.status == 404 {
      // A server that does not know the path answers so too.
    }
    let (finding, outcome) = try await refresh.examine(organization: organization, id)
    if case .found(let issue) = finding { return issue }
    switch outcome {
    case .merged(let shortID, let parent):
      try await merges.follow(id, into: (parent, shortID), organization: organization)
      try await links.enqueueSync([ends.link.id], cause: "sentry changed: merge")
      throw Problem.conflict(
        "issue-merged",
        "The Sentry issue was merged into \(shortID). The link follows it, and is compared again.")
    case .gone:
      let reason = "The Sentry issue is gone: Sentry does not know it any more."
      try await links.markBroken(ends.link.id, reason)
      throw Problem.conflict("link-broken", reason)
    // The link says so since the project was marked.
    case .notVisible: throw Problem.conflict("issue-not-visible", outcome.words)
    default: throw try await waiting(ends, outcome.words)
    }
  }

  private func waiting(_ ends: LinkEnds, _ reason: String) async throws -> Problem {
    try await links.noteError(ends.link.id, reason)
    return Problem.conflict("issue-not-readable", reason)
  }
}
