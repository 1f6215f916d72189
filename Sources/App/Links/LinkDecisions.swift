import Logging
import RESTClient

/// What persons decide about proposed links, one by one or many at once.
struct LinkDecisions: Sendable {
  /// Links in one request.
  static let maxTogether = 200
  /// How long both vendors have to state the sides' statuses before a link is accepted by what is
  /// stored.
  static let readingTimeout: Duration = .seconds(5)

  enum Decision: String, Sendable {
    case accept, reject

    var done: String { self == .accept ? "accepted" : "rejected" }
  }

  /// What came of the decision about one link.
  struct Result: Sendable {
    var linkID: Int64
    var decision: Decision
    /// nil where it was done.
    var problem: Problem?
  }

  let links: LinkStore
  let jira: JiraRefresh
  let sentry: SentryRefresh
  let logger: Logger

  /// Each link is decided alone: one that is not proposed leaves the others as they are.
  func decide(accept: [Int64], reject: [Int64], by name: String) async throws -> [Result] {
    await readSides(of: accept)
    var results: [Result] = []
    for id in accept {
      results.append(
        try await result(id, .accept) { try await links.accept(id, by: name) })
    }
    for id in reject {
      results.append(try await result(id, .reject) { try await links.reject(id) })
    }
    return results
  }

  private func result(_ id: Int64, _ decision: Decision, _ body: () async throws -> Void)
    async throws -> Result
  {
    do {
      try await body()
      return Result(linkID: id, decision: decision)
    } catch let problem as Problem {
      return Result(linkID: id, decision: decision, problem: problem)
    }
  }

  /// Reads both sides again, so that the link agrees on what they are now. A change that was never
  /// told would otherwise be carried as if it had come after the acceptance.
  private func readSides(of ids: [Int64]) async {
    do {
      let sides = try await links.proposedSides(ids)
      guard !sides.isEmpty else { return }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await read(sides) }
        group.addTask {
          try await Task.sleep(for: Self.readingTimeout)
          throw Overdue()
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch {
      logger.warning("links.sides_unread", metadata: ["error": "\(Self.sentence(error))"])
    }
  }

  private struct Overdue: Error {}

  private func read(_ sides: [LinkSideIDs]) async throws {
    for (organization, members) in Dictionary(grouping: sides, by: \.jiraOrganizationID) {
      let ids = Set(members.map { String($0.jiraID) }).sorted()
      for page in ids.batches(of: JiraRefresh.mostAtOnce) {
        _ = try await jira.run(organization: organization, page)
      }
    }
    for (organization, members) in Dictionary(grouping: sides, by: \.sentryOrganizationID) {
      _ = try await sentry.run(
        organization: organization, Set(members.map(\.sentryID)).sorted())
    }
  }

  private static func sentence(_ error: any Error) -> String {
    switch error {
    case let failure as VendorFailure: failure.sentence
    case let problem as Problem: problem.detail
    case is Overdue: "the vendors did not answer in \(readingTimeout)"
    default: "\(error)"
    }
  }
}
