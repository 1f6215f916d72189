import JiraClient
import Logging
import RESTClient
import SentryClient

/// Shows each side of a link at the other: a remote link in Jira, an external issue (or, where the
/// token has no integration, a comment) in Sentry.
struct Backlinks: Sendable {
  let finder: LinkEndsFinder
  let links: LinkStore
  let jiraIssues: JiraIssueStore

  /// Makes what is missing; done twice it is as done once.
  ///
  /// - Throws: `VendorFailure`; a 404.
  func publish(_ id: Int64) async throws {
    let ends = try await finder.ends(of: id)
    let issue = ends.sentryIssue
    guard let ticketID = ends.link.jiraIssueID, let url = issue.permalink else {
      return try await note(id, "Sentry gives no address of the issue.", nil)
    }
    try await asking(.jira) {
      try await ends.jira.upsertRemoteLink(
        ends.ticketID,
        JiraRemoteLink(
          globalID: "issuebridge:sentry:\(issue.organizationID):\(issue.sentryID)", url: url,
          title: "Sentry \(issue.shortID)", summary: String(issue.title.prefix(200)),
          isResolved: issue.status == "resolved"))
    }
    let ticket = try await jiraIssues.place(ticketID)
    let way = try await asking(.sentry) { try await showTicket(ticket, ends) }
    try await note(id, "Both sides show each other.", way)
  }

  /// - Returns: how it is shown.
  private func showTicket(_ ticket: (key: String, url: String), _ ends: LinkEnds) async throws
    -> String
  {
    let id = ends.sentryIssue.sentryID
    let (client, key) = (ends.sentry, ticket.key)
    let installation = try? await client.installations().first
    if let installation, let dash = key.lastIndex(of: "-") {
      let shown = try await client.externalIssues(of: id)
      if shown.contains(where: { $0.webURL == ticket.url }) { return "external issue" }
      do {
        _ = try await client.createExternalIssue(
          installation: installation, issue: id, webURL: ticket.url,
          project: String(key[..<dash]), identifier: String(key[key.index(after: dash)...]))
        return "external issue"
      } catch let error as RESTError where [400, 403, 404].contains(error.status) {
        // An installation of somebody else's integration; a comment needs none.
      }
    }
    if try await !client.comments(of: id).contains(where: { $0.contains(ticket.url) }) {
      try await client.addComment("Jira ticket \(key): \(ticket.url)", to: id)
    }
    return "comment"
  }

  private func note(_ id: Int64, _ reason: String, _ way: String?) async throws {
    let request = way.map { JSONValue.object(["sentry": .string($0), "jira": "remote link"]) }
    try await links.noteEvent(
      id, cause: "link created", decision: "publish_backlinks", reason: reason,
      request: request.map { String(decoding: $0.encoded(), as: UTF8.self) },
      outcome: way == nil ? "nothing" : "applied")
  }
}
