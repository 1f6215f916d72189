import Foundation
import JiraClient
import JobQueue

/// Settles a ticket creation that did not end: the process died, or Jira's answer was lost. It looks
/// for the ticket; found, the link becomes active; not found for long, the link waits for a person with
/// the reason. It never asks Jira for a second ticket.
struct SettleTicket: JobKind {
  static let kind = "settle_ticket"

  /// How long after the reservation an unanswered creation is looked for. Jira's index is usually
  /// seconds behind.
  static let searchTimeout: TimeInterval = 15 * 60
  static let pause: Duration = .seconds(60)
  /// How long a ticket that Jira does not show is tried to be read, and how often.
  static let readTimeout: TimeInterval = 90 * 86_400
  static let readPause: Duration = .seconds(3600)

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
    let age = -link.createdAt.timeIntervalSinceNow
    switch try await services.tickets.settle(link) {
    case .found, .givenBack: return
    case .notReadable:
      if age < Self.readTimeout {
        throw JobInstruction.snooze(for: age < Self.searchTimeout ? Self.pause : Self.readPause)
      }
    case .unknown:
      let marker = link.ticketLabel.map { "its label \($0)" } ?? "what marks it"
      guard age >= Self.searchTimeout else {
        try await links.noteError(
          linkID,
          "The creation of the ticket did not end: its process stopped, or Jira did not answer. "
            + "The ticket is being looked for in Jira by \(marker).")
        throw JobInstruction.snooze(for: Self.pause)
      }
      try await links.noteError(
        linkID,
        "Jira was asked for a ticket and did not answer, and no ticket was found since by \(marker). "
          + "Look in Jira; when there is none, delete this link and create the ticket again.")
    }
  }
}

extension TicketService {
  /// What became of a creation that did not end.
  enum Settlement: Sendable {
    /// The ticket was found and the link is active.
    case found
    /// Jira has nothing of it: the reservation was given back.
    case givenBack
    /// Jira has created the ticket, and does not show it.
    case notReadable
    /// Jira may have created the ticket, and does not show it.
    case unknown
  }

  /// Looks once for the ticket of a pending link whose creator is gone.
  func settle(_ link: Link) async throws -> Settlement {
    let project = try await jiraProjects.project(link.jiraProjectID)
    let client = try await jiraClient(of: project)
    if let created = link.created {
      return try await finish(link, created, project, client) ? .found : .notReadable
    }
    if let found = try await findAnywhere(link, project, client) {
      try await noteCreated(link, found)
      return try await finish(link, found, project, client) ? .found : .notReadable
    }
    return try await links.releaseUnposted(link.id) ? .givenBack : .unknown
  }
}
