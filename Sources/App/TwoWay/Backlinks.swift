import JiraClient
import Logging
import RESTClient
import SentryClient

/// Shows each side of a link at the other: a remote link in Jira, an external issue (or, where the
/// token has no integration of its own, a comment) in Sentry.
struct Backlinks: Sendable {
  let finder: LinkEndsFinder
  let links: LinkStore
  let jiraIssues: JiraIssueStore
  let installations: SentryInstallations

  /// Publishes what is missing; done twice it is as done once.
  ///
  /// - Throws: `VendorFailure`; a 404.
  func publish(_ id: Int64) async throws {
    let ends = try await finder.ends(of: id)
    guard let ticketID = ends.link.jiraIssueID, ends.sentryIssue.permalink != nil else {
      return try await note(id, "Sentry gives no address of the issue.", nil)
    }
    try await publishRemoteLink(ends)
    try await removeMarker(ends)
    let ticket = try await jiraIssues.place(ticketID)
    let way = try await asking(.sentry) { try await showTicket(ticket, ends) }
    try await note(id, "Both sides show each other.", way)
  }

  private func publishRemoteLink(_ ends: LinkEnds) async throws {
    let link = ends.link
    guard !link.hasRemoteLink else { return }
    var globalID = link.globalID ?? ""
    if globalID.isEmpty { globalID = ends.marker(try await links.installation()).globalID }
    guard let remote = ends.sentryIssue.remoteLink(globalID) else { return }
    try await asking(.jira) { try await ends.jira.upsertRemoteLink(ends.ticketID, remote) }
    try await links.noteRemoteLink(link.id, globalID: globalID)
  }

  /// Where the creation of the ticket did not come to it.
  private func removeMarker(_ ends: LinkEnds) async throws {
    let link = ends.link
    guard link.markerState == .attached, let label = link.ticketLabel else { return }
    do {
      let ticket = try await asking(.jira) {
        try await ends.jira.removeLabel(label, from: ends.ticketID)
      }
      try await links.noteMarker([link.id], .removed)
      if let ticket, let project = try await finder.project(of: ticket, ends) {
        _ = try await jiraIssues.upsert([JiraIssueRecord(ticket)], project: project, dryRun: false)
      }
    } catch let failure as VendorFailure where [400, 403].contains(failure.error.status) {
      try await links.noteMarker([link.id], .kept)
      try await links.noteEvent(
        link.id, cause: "link created", decision: "remove_label", reason: failure.sentence,
        request: nil, outcome: "nothing")
    }
  }

  private enum Way: String { case externalIssue = "external issue", comment }

  private func showTicket(_ ticket: (key: String, url: String), _ ends: LinkEnds) async throws
    -> Way
  {
    let (id, client, key) = (ends.sentryIssue.sentryID, ends.sentry, ticket.key)
    if let dash = key.lastIndex(of: "-"), try await !links.anotherIsShown(besides: ends.link.id) {
      let shown = try await installations.withOwn(ends.sentryIssue.organizationID, client) {
        installation in
        try await client.createExternalIssue(
          installation: installation, issue: id, webURL: ticket.url,
          project: String(key[..<dash]), identifier: String(key[key.index(after: dash)...]))
      }
      if let shown {
        try await links.noteExternalIssue(ends.link.id, shown.id)
        return .externalIssue
      }
    }
    if try await !client.comments(of: id).contains(where: { $0.contains(ticket.url) }) {
      try await client.addComment("Jira ticket \(key): \(ticket.url)", to: id)
    }
    return .comment
  }

  private func note(_ id: Int64, _ reason: String, _ way: Way?) async throws {
    let request = way.map {
      JSONValue.object(["sentry": .string($0.rawValue), "jira": "remote link"])
    }
    try await links.noteEvent(
      id, cause: "link created", decision: "publish_backlinks", reason: reason,
      request: request.map { String(decoding: $0.encoded(), as: UTF8.self) },
      outcome: way == nil ? "nothing" : "applied")
  }
}
