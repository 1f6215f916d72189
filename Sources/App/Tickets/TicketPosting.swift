import Foundation
import JiraClient
import Logging
import RESTClient

/// The one request that must not be sent twice.
extension TicketService {
  /// Asks Jira for the ticket of a reservation and stores what it is called.
  func post(_ link: Link, _ plan: TicketPlan) async throws -> JiraCreatedIssue {
    var plan = plan
    var link = link
    var posts = 0
    var mayReread = true
    while true {
      posts += 1
      let issue = try await newIssue(link, plan)
      guard try await links.notePosted([link.id]) == [link.id] else {
        throw Problem.conflict(
          "reservation-ended", "The creation took too long to begin and was given up; try again.")
      }
      do {
        let created = try await asking(.jira) { try await plan.client.createIssue(issue) }
        try await noteCreated(link, created)
        return created
      } catch let failure as VendorFailure where failure.error.mayHaveBeenReceived {
        logger.warning(
          "ticket.create.ambiguous",
          metadata: ["link.id": "\(link.id)", "error": "\(failure.sentence)"])
        // 503 says that Jira took nothing on. When the search over its index's lag agrees, it is
        // asked again. After any other failure nobody can know: a second ticket would be worse than
        // one that waits.
        let isRefused = failure.error.status == 503
        if isRefused { try await links.noteNotTaken([link.id]) }
        if let found = try await findTicket(link, plan.project, plan.client) {
          try await noteCreated(link, found)
          return found
        }
        if isRefused, posts < Self.maxPosts { continue }
        try await links.noteError(
          link.id, "It is not known whether Jira created the ticket. \(failure.sentence)")
        throw failure
      } catch let failure as VendorFailure {
        try await links.noteNotTaken([link.id])
        if let next = try await corrected(failure, &link, plan, mayReread: &mayReread) {
          plan = next
          continue
        }
        try await links.release(link.id)
        throw failure
      }
      // Anything else, a cancellation among it, may come after Jira got the request: the link stays,
      // and its job settles it.
    }
  }

  /// - Throws: what is wrong with the fields by now; the reservation is given back then.
  private func newIssue(_ link: Link, _ plan: TicketPlan) async throws -> JiraNewIssue {
    do {
      var issue = try plan.newIssue(plan.marker(link.ordinal))
      if !link.hasProperty { issue.properties = [] }
      return issue
    } catch {
      try await links.release(link.id)
      throw error
    }
  }

  /// After a refusal: a plan by which Jira may take the ticket; nil when there is none. What is
  /// remembered of the create screen may be out of date, and a project may refuse properties.
  private func corrected(
    _ failure: VendorFailure, _ link: inout Link, _ plan: TicketPlan, mayReread: inout Bool
  ) async throws -> TicketPlan? {
    guard failure.error.status == 400 else { return nil }
    if link.hasProperty, plan.hasLabels, failure.error.isAboutProperties {
      link.hasProperty = false
      try await links.noteWithoutProperty(link.id)
      return plan
    }
    guard mayReread else { return nil }
    mayReread = false
    var next = plan
    createMetadata.forget(plan.project)
    do {
      next.metadata = try await asking(.jira) {
        try await createMetadata.metadata(
          for: IssueTypeChoice(requested: plan.request.issueType), plan.project, plan.client)
      }
      let marker = plan.marker(link.ordinal)
      guard try next.newIssue(marker) != plan.newIssue(marker) else { return nil }
    } catch let problem as Problem {
      try await links.release(link.id)
      throw problem
    } catch {
      return nil
    }
    if !next.hasLabels, link.markerState == .attached {
      link.markerState = .none
      try await links.noteMarker([link.id], .none)
    }
    return next
  }

  func noteCreated(_ link: Link, _ ticket: JiraCreatedIssue) async throws {
    guard let id = Int64(ticket.id) else { return }
    try await links.noteCreated([(link: link.id, id: id, key: ticket.key)])
  }
}

extension RESTError {
  /// Whether Jira refused an issue for the properties that came with it.
  fileprivate var isAboutProperties: Bool {
    vendorWords?.lowercased().contains("propert") ?? false
  }
}
