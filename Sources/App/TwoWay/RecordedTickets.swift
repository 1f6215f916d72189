import Logging
import RESTClient
import SentryClient

/// Finds out which proposed pairs Sentry's own Jira integration recorded. What an app shows is not
/// that: whoever installed the app may show any address.
struct RecordedTickets: Sendable {
  /// Most proposed pairs that are looked up in one run, up to a hundred per request.
  static let maxPairs = 1_000

  let store: LinkDiscoveryStore
  let organizations: OrganizationStore
  let clients: SentryClients
  let logger: Logger

  /// - Returns: how many became active.
  func run() async throws -> Int {
    var active = 0
    let pairs = try await store.unchecked(limit: Self.maxPairs)
    for (id, members) in Dictionary(grouping: pairs, by: \.organizationID) {
      do {
        let client = try clients.client(of: try await organizations.organization(id))
        for page in members.batches(of: SentryClient.maxIssuesByID) {
          let tickets = try await asking(.sentry) {
            try await client.tickets(ofIssues: Array(Set(page.map(\.sentryID))))
          }
          let recorded = Self.recorded(page, tickets)
          try await store.settle(page, recorded: recorded)
          active += recorded.count
        }
      } catch let failure as VendorFailure {
        // They stay proposed, and the next run asks again.
        logger.warning(
          "links.recorded_tickets_unread",
          metadata: ["sentry_organization.id": "\(id)", "error": "\(failure.sentence)"])
      } catch let problem as Problem {
        logger.warning(
          "links.recorded_tickets_unread",
          metadata: ["sentry_organization.id": "\(id)", "error": "\(problem.detail)"])
      }
    }
    return active
  }

  /// The links among pairs whose ticket the integration recorded and no app shows. Pure.
  static func recorded(_ pairs: [ShownPair], _ tickets: [SentryIssueTickets]) -> Set<Int64> {
    let byIssue = Dictionary(tickets.map { ($0.id, $0) }) { first, _ in first }
    return Set(
      pairs.filter { pair in
        guard let shown = byIssue[pair.sentryID] else { return false }
        return shown.jiraKeys.contains { $0.uppercased() == pair.key }
          && !TicketAddress.all(of: shown.appURLs).contains(pair.address)
      }.map(\.linkID))
  }
}
