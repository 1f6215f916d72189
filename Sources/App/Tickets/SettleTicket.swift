import Foundation
import JobQueue

/// Settles a ticket creation that did not end: the process died, or Jira's answer was lost. It looks
/// for the ticket by its label; found, the link becomes active; not found for long, the link waits
/// for a person with the reason. It never asks Jira for a second ticket.
struct SettleTicket: JobKind {
  static let kind = "settle_ticket"

  /// How long after the reservation the search goes on. Jira's index is usually seconds behind.
  static let patience: TimeInterval = 15 * 60
  static let pause: Duration = .seconds(60)

  var linkID: Int64

  func perform(_ services: Services) async throws {
    let links = services.links
    let link: Link
    do {
      link = try await links.link(linkID)
    } catch let problem as Problem where problem.status == 404 {
      return
    }
    guard link.state == "pending" else { return }
    let project = try await services.jiraProjects.project(link.jiraProjectID)
    let client = try services.jiraClients.client(
      of: try await services.jiraOrganizations.organization(project.organizationID))
    if let ticketID = try await services.tickets.findTicket(link, project, client, pauses: []) {
      try await services.tickets.activate(link, ticketID: ticketID, project, client)
      return
    }
    guard link.createdAt.timeIntervalSinceNow < -Self.patience else {
      throw JobInstruction.snooze(for: Self.pause)
    }
    try await links.noteError(
      linkID,
      "Jira was asked for a ticket and did not answer, and no ticket with the label "
        + "\(link.ticketLabel) was found since. Look in Jira; when there is none, delete this link "
        + "and create the ticket again.")
  }
}
