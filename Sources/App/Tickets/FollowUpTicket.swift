import JiraClient
import Logging
import RESTClient

extension TicketService {
  /// Creates a ticket for an error that came back after its ticket was done for long, and relates the
  /// two in Jira. However often it is asked for, there is one.
  ///
  /// - Parameter key: of the ticket that is done.
  /// - Returns: the new link's id.
  func createFollowUp(of link: Link, done key: String) async throws -> Int64 {
    if let next = link.continuedBy { return next }
    var request = TicketRequest(jiraProjectID: link.jiraProjectID)
    request.notes = "This error came back after \(key) was done."
    request.allowsDuplicate = true
    request.syncsSentryToJira = link.syncsSentryToJira
    request.syncsJiraToSentry = link.syncsJiraToSentry
    let next = try await createTicket(
      sentryIssue: link.sentryIssueID, request, by: "link \(link.id)", continues: link.id)
    try await relate(next, to: key)
    return next
  }

  /// A relation that cannot be made is worth a note, not the ticket.
  private func relate(_ linkID: Int64, to key: String) async throws {
    let link = try await links.link(linkID)
    guard let ticketID = link.ticketID ?? link.created.flatMap({ Int64($0.id) }) else { return }
    let project = try await jiraProjects.project(link.jiraProjectID)
    let client = try await jiraClient(of: project)
    do {
      var own = link.created?.key
      if own == nil {
        own = try await client.issue(String(ticketID), fields: ["status", "updated"]).key
      }
      if let own { try await client.linkIssues(type: "Relates", from: own, to: key) }
    } catch let error as RESTError {
      logger.warning(
        "ticket.relate.failed",
        metadata: ["link.id": "\(linkID)", "ticket": "\(key)", "error": "\(error.sentence)"])
    }
  }
}
