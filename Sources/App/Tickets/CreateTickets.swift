import Foundation
import JobQueue
import Logging
import RESTClient

/// Works through a batch of tickets; each item keeps its own result.
struct CreateTickets: JobKind {
  static let kind = "create_tickets"
  /// Events read from Sentry at a time.
  static let maxAtOnce = 4
  /// Tickets that Jira creates with one request.
  static let maxTogether = 50

  var batchID: Int64

  func perform(_ services: Services) async throws {
    let store = services.ticketBatches
    guard let batch = try await store.begin(batchID) else { return }
    guard case .object(let object) = try JSONValue(parsing: batch.request) else { return }
    var body = BodyFields(object)
    let work = TicketBatchWork(
      batch: batch, request: TicketRequest(&body), store: store, tickets: services.tickets,
      links: services.links, logger: services.logger)
    let actor = Actor(name: batch.createdBy, cause: .job, requestID: batch.requestID)
    let isDone = try await Actor.$current.withValue(actor) { try await work.run() }
    guard isDone else { throw JobInstruction.snooze(for: SettleTicket.pause) }
    try await store.finish(batchID)
  }
}

/// One run of a batch's job.
struct TicketBatchWork: Sendable {
  let batch: TicketBatch
  let request: TicketRequest
  let store: TicketBatchStore
  let tickets: TicketService
  let links: LinkStore
  let logger: Logger

  /// - Returns: false when items wait to be settled.
  func run() async throws -> Bool {
    var isDone = true
    var fresh: [TicketBatch.Item] = []
    for item in batch.items {
      switch try await resume(item) {
      case .create: fresh.append(item)
      case .waits: isDone = false
      case .done: break
      }
    }
    for start in stride(from: 0, to: fresh.count, by: CreateTickets.maxTogether) {
      let end = min(start + CreateTickets.maxTogether, fresh.count)
      if try await !create(Array(fresh[start..<end])) { isDone = false }
    }
    return isDone
  }

  private enum Resumption { case create, waits, done }

  /// What a process that stopped had begun continues with its own link.
  private func resume(_ item: TicketBatch.Item) async throws -> Resumption {
    guard let id = item.linkID else { return .create }
    let link: Link
    do {
      link = try await links.link(id)
    } catch let problem as Problem where problem.status == 404 {
      return .create
    }
    if link.state == "pending" {
      switch try await tickets.settle(link) {
      case .givenBack: return .create
      case .found, .notReadable: break
      case .unknown:
        if -link.createdAt.timeIntervalSinceNow < SettleTicket.searchTimeout { return .waits }
        try await note(item, link: id, TicketService.Unsettled())
        return .done
      }
    }
    try await store.noteResult(batch.id, item.position, link: id, problem: nil)
    return .done
  }

  /// - Returns: false when items wait to be settled.
  private func create(_ items: [TicketBatch.Item]) async throws -> Bool {
    let plans = try await plan(items)
    var reserved: [(item: TicketBatch.Item, reserved: TicketService.Reserved)] = []
    for (item, plan) in plans {
      do {
        let link = try await tickets.reserve(plan, by: batch.createdBy)
        try await store.noteBegun(batch.id, item.position, link: link.id)
        reserved.append((item, TicketService.Reserved(link: link, plan: plan)))
      } catch let problem as Problem {
        if item.wasBegun, let id = problem.members["link"]?["id"]?.wholeNumber {
          // What an earlier release had begun is its own link: in the way is this very ticket.
          try await store.noteResult(batch.id, item.position, link: Int64(id), problem: nil)
        } else {
          try await note(item, link: nil, problem)
        }
      }
    }
    let failed = try await tickets.createTogether(reserved.map(\.reserved))
    var isDone = true
    var delay: Double?
    for (item, reserved) in reserved {
      let link = reserved.link.id
      switch failed[link] {
      case nil: try await store.noteResult(batch.id, item.position, link: link, problem: nil)
      case is TicketService.Unsettled: isDone = false
      case let error?:
        _ = try await links.releaseUnposted(link)
        if let failure = error as? VendorFailure, case .rateLimited(let wait) = failure.error.kind {
          delay = max(delay ?? 1, wait)
        } else {
          try await note(item, link: nil, error)
        }
      }
    }
    if let delay { throw JobInstruction.snooze(for: .seconds(delay)) }
    return isDone
  }

  /// Reads what the tickets are made of, several at a time. An item that cannot be created ends here.
  private func plan(_ items: [TicketBatch.Item]) async throws -> [(TicketBatch.Item, TicketPlan)] {
    var plans: [(TicketBatch.Item, TicketPlan)] = []
    var rest = items[...]
    // The first one reads what Jira requires, and the others find it remembered.
    while plans.isEmpty, let item = rest.popFirst() {
      if let plan = try await plan(item) { plans.append((item, plan)) }
    }
    try await withThrowingTaskGroup(of: (TicketBatch.Item, TicketPlan?).self) { group in
      for (position, item) in rest.enumerated() {
        if position >= CreateTickets.maxAtOnce, let (item, plan) = try await group.next() {
          if let plan { plans.append((item, plan)) }
        }
        group.addTask { (item, try await plan(item)) }
      }
      for try await (item, plan) in group { if let plan { plans.append((item, plan)) } }
    }
    return plans.sorted { $0.0.position < $1.0.position }
  }

  private func plan(_ item: TicketBatch.Item) async throws -> TicketPlan? {
    do {
      return try await tickets.plan(item.sentryIssueID, request)
    } catch {
      if error is CancellationError || Task.isCancelled { throw error }
      if let failure = error as? VendorFailure, case .rateLimited(let delay) = failure.error.kind {
        throw JobInstruction.snooze(for: .seconds(max(1, delay)))
      }
      try await note(item, link: nil, error)
      return nil
    }
  }

  private func note(_ item: TicketBatch.Item, link: Int64?, _ error: any Error) async throws {
    let found =
      error is TicketService.Unsettled
      ? Problem(
        502, "ticket-unsettled", "It is not known whether Jira created the ticket",
        "Jira was asked for the ticket and did not answer, and the ticket was not found since. Link "
          + "\(link ?? 0) says what to do.")
      : (error as? VendorFailure)?.problem(blaming: .ticket)
        ?? problem(from: error, logger: logger)
    let document = found.document(instance: batch.requestID ?? "batch-\(batch.id)").encoded()
    try await store.noteResult(
      batch.id, item.position, link: link, problem: String(decoding: document, as: UTF8.self))
  }
}
