import Foundation
import JiraClient
import Logging
import RESTClient

/// Creates many tickets of one project with few requests: they are created by one request per 50, and
/// lose their labels by one. Each is reserved by itself, and after a lost answer each is looked for by
/// its own label before anything else.
extension TicketService {
  /// From how many tickets on their labels are removed by one of Jira's tasks, which takes three
  /// requests or more.
  static let minBulkEdit = 4
  /// Pauses between questions whether Jira's task has ended.
  static let taskPauses: [Duration] = [
    .milliseconds(300), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(15),
  ]
  /// Tickets that are worked on at a time where each needs requests of its own.
  static let maxAtOnce = 4

  struct Reserved: Sendable {
    var link: Link
    var plan: TicketPlan
  }

  /// Asks Jira for the tickets of ≤ 50 reservations of one project, and makes their links active.
  ///
  /// - Returns: why there is no ticket, by the link's id. What is not in it has its ticket, which the
  ///   link shows as soon as Jira does.
  func createTogether(_ reserved: [Reserved]) async throws -> [Int64: any Error] {
    guard let first = reserved.first else { return [:] }
    let (project, client) = (first.plan.project, first.plan.client)
    var (created, failed) = try await postTogether(reserved, project, client)
    // Jira's reasons against single elements may come of what is remembered of its create screen.
    for item in reserved {
      guard let failure = failed[item.link.id] as? VendorFailure, failure.error.status == 400
      else { continue }
      do {
        var plan = item.plan
        createMetadata.forget(project)
        plan.metadata = try await asking(.jira) {
          try await createMetadata.metadata(
            for: IssueTypeChoice(requested: plan.request.issueType), project, client)
        }
        created[item.link.id] = try await post(item.link, plan)
        failed[item.link.id] = nil
      } catch {
        failed[item.link.id] = error
      }
    }
    let tickets = reserved.compactMap { item in created[item.link.id].map { (item.link, $0) } }
    try await finishTogether(tickets, project, client)
    return failed
  }

  private func postTogether(
    _ reserved: [Reserved], _ project: StoredJiraProject, _ client: JiraClient
  ) async throws -> ([Int64: JiraCreatedIssue], [Int64: any Error]) {
    var created: [Int64: JiraCreatedIssue] = [:]
    var failed: [Int64: any Error] = [:]
    var waiting = reserved
    var posts = 0
    while !waiting.isEmpty {
      posts += 1
      let noted = Set(try await links.notePosted(waiting.map(\.link.id)))
      waiting.removeAll { item in
        guard !noted.contains(item.link.id) else { return false }
        failed[item.link.id] = Problem.conflict(
          "reservation-ended", "The creation took too long to begin and was given up; try again.")
        return true
      }
      let issues = try waiting.map { try $0.plan.newIssue($0.plan.marker($0.link.ordinal)) }
      do {
        let outcome = try await asking(.jira) { try await client.createIssues(issues) }
        for (position, ticket) in outcome.created { created[waiting[position].link.id] = ticket }
        for (position, error) in outcome.refused {
          failed[waiting[position].link.id] = VendorFailure(vendor: .jira, error: error)
        }
        try await links.noteNotTaken(outcome.refused.keys.map { waiting[$0].link.id })
        waiting = []
      } catch let failure as VendorFailure where failure.error.mayHaveBeenReceived {
        logger.warning(
          "ticket.create.ambiguous",
          metadata: ["links": "\(waiting.count)", "error": "\(failure.sentence)"])
        let isRefused = failure.error.status == 503
        if isRefused { try await links.noteNotTaken(waiting.map(\.link.id)) }
        let found = try await findTogether(waiting.map(\.link), project, client)
        created.merge(found) { $1 }
        waiting.removeAll { found[$0.link.id] != nil }
        if isRefused, posts < Self.maxPosts { continue }
        for item in waiting {
          try await links.noteError(
            item.link.id, "It is not known whether Jira created the ticket. \(failure.sentence)")
          failed[item.link.id] = Unsettled()
        }
        waiting = []
      } catch let failure as VendorFailure {
        try await links.noteNotTaken(waiting.map(\.link.id))
        for item in waiting { failed[item.link.id] = failure }
        waiting = []
      }
    }
    try await links.noteCreated(
      created.compactMap { link, ticket in
        Int64(ticket.id).map { (link: link, id: $0, key: ticket.key) }
      })
    return (created, failed)
  }

  /// It is not known whether Jira created the ticket; the link waits for it to be found.
  struct Unsettled: Error {}

  private func findTogether(
    _ wanted: [Link], _ project: StoredJiraProject, _ client: JiraClient
  ) async throws -> [Int64: JiraCreatedIssue] {
    var found: [Int64: JiraCreatedIssue] = [:]
    for pause in [.zero] + Self.searchPauses {
      try await Task.sleep(for: pause)
      let missing = wanted.filter { found[$0.id] == nil }
      if missing.isEmpty { break }
      found.merge(try await findTickets(missing, project, client)) { $1 }
    }
    for link in wanted where found[link.id] == nil && link.markerState != .attached {
      found[link.id] = try await findTicket(link, project, client, pauses: [])
    }
    return found
  }

  /// As `finish`, with one removal of labels and one reading for all.
  private func finishTogether(
    _ tickets: [(link: Link, created: JiraCreatedIssue)], _ project: StoredJiraProject,
    _ client: JiraClient
  ) async throws {
    var published: Set<Int64> = []
    await withTaskGroup(of: (Int64, Bool).self) { group in
      for (position, ticket) in tickets.enumerated() {
        if position >= Self.maxAtOnce, let (id, isPublished) = await group.next() {
          if isPublished { published.insert(id) }
        }
        group.addTask {
          (ticket.link.id, await publishRemoteLink(ticket.link, ticket.created, client))
        }
      }
      for await (id, isPublished) in group where isPublished { published.insert(id) }
    }
    let labelled = tickets.filter {
      published.contains($0.link.id) && $0.link.markerState == .attached
    }
    if labelled.count >= Self.minBulkEdit { await removeMarkers(labelled, client) }
    for part in stride(from: 0, to: tickets.count, by: 100) {
      let members = Array(tickets[part..<min(part + 100, tickets.count)])
      let read =
        (try? await client.issues(members.map(\.created.id), fields: JiraIssueRecord.fields)) ?? []
      let byID = Dictionary(read.map { (String($0.id), $0) }) { first, _ in first }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (position, (link, created)) in members.enumerated() {
          if position >= Self.maxAtOnce { try await group.next() }
          let (ticket, isPublished) = (byID[created.id], published.contains(link.id))
          group.addTask {
            try await finish(link, created, ticket, isPublished: isPublished, project, client)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  /// What the reading shows decides: a label that is still there is removed by a request of its own.
  private func finish(
    _ link: Link, _ created: JiraCreatedIssue, _ read: JiraIssue?, isPublished: Bool,
    _ project: StoredJiraProject, _ client: JiraClient
  ) async throws {
    guard var ticket = read else {
      try await finish(link, created, project, client)
      return
    }
    if isPublished, link.markerState == .attached {
      if let label = link.ticketLabel, ticket.labels.contains(label) {
        ticket = await removeMarker(link, created, client) ?? ticket
      } else {
        try await links.noteMarker([link.id], .removed)
      }
    }
    try await activate(link, ticket, project)
  }

  /// Asks Jira to take our labels off, and waits until it has.
  private func removeMarkers(
    _ tickets: [(link: Link, created: JiraCreatedIssue)], _ client: JiraClient
  ) async {
    do {
      let task = try await client.removeLabels(
        tickets.compactMap(\.link.ticketLabel), from: tickets.map(\.created.id))
      for pause in Self.taskPauses {
        try await Task.sleep(for: pause)
        if try await client.hasEnded(bulkTask: task) { return }
      }
    } catch {
      // Without the global permission for bulk changes, each label is removed by itself.
      logger.notice("ticket.labels.not_removed_together", metadata: ["error": "\(error)"])
    }
  }
}
