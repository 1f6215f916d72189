import JiraClient
import JobQueue
import Logging
import RESTClient

/// Finds pairs that one side names: in descriptions and remote links of tickets, and in what Sentry
/// shows at its issues. They are proposed; only what Sentry's own integration recorded becomes active
/// by itself, and only where an organization is set to trust it.
struct LinkDiscovery: Sendable {
  /// Most tickets whose remote links are read in one run, one request each.
  static let mostRequests = 300

  let store: LinkDiscoveryStore
  let readings: RemoteLinkStore
  let recorded: RecordedTickets
  let organizations: OrganizationStore
  let clients: JiraClients
  let logger: Logger

  /// - Returns: how many pairs were found.
  ///
  /// - Parameter onlyStored: whether web links that were not read yet wait for the next run.
  @discardableResult
  func run(onlyStored: Bool = false) async throws -> Int {
    let tickets = onlyStored ? [] : try await readings.unread(limit: Self.mostRequests)
    var read = 0
    for (id, members) in Dictionary(grouping: tickets, by: \.organizationID) {
      do {
        for ticket in members {
          try await note(ticket, try clients.client(of: try await organizations.organization(id)))
          read += 1
        }
      } catch let failure as VendorFailure {
        // The rest of this site's tickets is the next run's.
        noteStop(id, failure.sentence)
      } catch let problem as Problem {
        noteStop(id, problem.detail)
      }
    }
    try await store.withdraw()
    let found = try await store.propose()
    let active = try await recorded.run()
    if read + found + active > 0 {
      logger.info(
        "links.discovered",
        metadata: [
          "proposed": "\(found)", "active": "\(active)", "remote_links.tickets": "\(read)",
        ])
    }
    return found
  }

  private func note(_ ticket: UnreadTicket, _ client: JiraClient) async throws {
    var addresses: [String] = []
    do {
      addresses = try await asking(.jira) { try await client.remoteLinks(String(ticket.jiraID)) }
        .map(\.url)
    } catch let failure as VendorFailure where failure.error.status == 404 {
      // Gone, or not to be seen: the sweep and the webhooks deal with it.
    }
    try await readings.note(ticket, SentryAddress.all(of: addresses))
  }

  private func noteStop(_ organization: Int64, _ sentence: String) {
    logger.warning(
      "links.remote_links_unread",
      metadata: ["jira_organization.id": "\(organization)", "error": "\(sentence)"])
  }
}

/// The job that looks for links made before.
struct DiscoverLinks: JobKind {
  static let kind = "discover_links"

  /// After a sync: what it stored is looked through at once.
  var onlyStored: Bool?

  private enum CodingKeys: String, CodingKey {
    case onlyStored = "only_stored"
  }

  func perform(_ services: Services) async throws {
    try await Actor.$current.withValue(Actor(name: "discovery", cause: .schedule)) {
      try await VendorPatience.$current.withValue(.forEachRequest(VendorPatience.background)) {
        _ = try await services.linkDiscovery.run(onlyStored: onlyStored ?? false)
      }
    }
  }
}
