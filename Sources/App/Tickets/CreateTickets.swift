import Foundation
import JobQueue
import Logging
import RESTClient

/// Works through a batch of tickets, several at a time; each item keeps its own result.
struct CreateTickets: JobKind {
  static let kind = "create_tickets"
  /// Jira allows few writes a second, and each ticket asks for more than one request.
  static let mostAtOnce = 4

  var batchID: Int64

  func perform(_ services: Services) async throws {
    let store = services.ticketBatches
    guard let batch = try await store.begin(batchID) else { return }
    guard case .object(let object) = try JSONValue(parsing: batch.request) else { return }
    var body = BodyFields(object)
    let request = TicketRequest(&body)
    let actor = Actor(name: batch.createdBy, cause: .job, requestID: batch.requestID)
    try await Actor.$current.withValue(actor) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (position, item) in batch.items.enumerated() {
          if position >= Self.mostAtOnce { try await group.next() }
          group.addTask { try await create(item, request, batch, services) }
        }
        try await group.waitForAll()
      }
    }
    try await store.finish(batchID)
  }

  private func create(
    _ item: TicketBatch.Item, _ request: TicketRequest, _ batch: TicketBatch, _ services: Services
  ) async throws {
    let store = services.ticketBatches
    try await store.noteBegun(batchID, item.position)
    do {
      let link = try await services.tickets.createTicket(
        sentryIssue: item.sentryIssueID, request, by: batch.createdBy)
      try await store.noteResult(batchID, item.position, link: link, problem: nil)
    } catch {
      if error is CancellationError || Task.isCancelled { throw error }
      if let failure = error as? VendorFailure, case .rateLimited(let delay) = failure.error.kind {
        throw JobInstruction.snooze(for: .seconds(max(1, delay)))
      }
      let found = problem(from: error, logger: services.logger)
      // What a process that died had begun is its own link: in the way is this very ticket.
      if item.wasBegun, found.kind == "already-linked",
        let link = found.members["link"]?["id"]?.wholeNumber
      {
        // Where Jira has nothing of it, the creation begins anew.
        let begun = try await services.links.link(Int64(link))
        if begun.state == "pending", try await services.tickets.settle(begun) == .givenBack {
          return try await create(item, request, batch, services)
        }
        return try await store.noteResult(
          batchID, item.position, link: Int64(link), problem: nil)
      }
      let document = found.document(instance: batch.requestID ?? "batch-\(batchID)").encoded()
      try await store.noteResult(
        batchID, item.position, link: nil, problem: String(decoding: document, as: UTF8.self))
    }
  }
}
