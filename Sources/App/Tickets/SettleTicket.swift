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
    guard link.state == "pending", try await services.tickets.settle(link) == .unknown else {
      return
    }
    guard link.createdAt.timeIntervalSinceNow < -Self.patience else {
      try await links.noteError(
        linkID,
        "The creation of the ticket did not end: its process died, or Jira did not answer. It is "
          + "being looked for in Jira by its label \(link.ticketLabel).")
      throw JobInstruction.snooze(for: Self.pause)
    }
    try await links.noteError(
      linkID,
      "Jira was asked for a ticket and did not answer, and no ticket with the label "
        + "\(link.ticketLabel) was found since. Look in Jira; when there is none, delete this link "
        + "and create the ticket again.")
  }
}

extension TicketService {
  /// What became of a creation that did not end.
  enum Settlement: Sendable {
    /// The ticket was found and the link is active.
    case found
    /// Jira has nothing of it: the reservation was given back.
    case givenBack
    /// Jira may have created the ticket, and does not show it.
    case unknown
  }

  /// Looks once for the ticket of a pending link whose creator is gone.
  func settle(_ link: Link) async throws -> Settlement {
    let project = try await jiraProjects.project(link.jiraProjectID)
    let client = try jiraClients.client(
      of: try await jiraOrganizations.organization(project.organizationID))
    if let ticketID = try await findTicket(link, project, client, pauses: []) {
      try await activate(link, ticketID: ticketID, project, client)
      return .found
    }
    return try await links.releaseUnposted(link.id) ? .givenBack : .unknown
  }
}
