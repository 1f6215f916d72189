import Foundation
import JiraClient
import RESTClient

/// Finds tickets whose creation was not answered.
extension TicketService {
  /// Pauses between searches; Jira's index lags by seconds.
  static let searchPauses: [Duration] = [
    .milliseconds(500), .seconds(1), .seconds(2), .seconds(4),
  ]
  /// Pages of what this account created lately that are looked through for a property.
  private static let maxPages = 5

  /// Looks for the ticket of a reservation, several times over the lag of Jira's index.
  func findTicket(
    _ link: Link, _ project: StoredJiraProject, _ client: JiraClient,
    pauses: [Duration] = TicketService.searchPauses
  ) async throws -> JiraCreatedIssue? {
    for pause in [.zero] + pauses {
      try await Task.sleep(for: pause)
      if link.markerState == .attached {
        let found = try await findTickets([link], project, client)[link.id]
        if let found { return found }
      } else if let found = try await findByProperty(link, project, client) {
        return found
      }
    }
    return nil
  }

  /// Looks once for the tickets of ≤ 50 reservations by their labels.
  ///
  /// - Returns: those found, by the links' ids.
  func findTickets(_ wanted: [Link], _ project: StoredJiraProject, _ client: JiraClient)
    async throws -> [Int64: JiraCreatedIssue]
  {
    let labels = wanted.compactMap(\.ticketLabel)
    guard !labels.isEmpty else { return [:] }
    let labelled =
      labels.count == 1
      ? JQL.equals("labels", .text(labels[0])) : JQL.oneOf("labels", labels.map(JQL.Value.text))
    let jql = JQL.and(.equals("project", .number(project.jiraID)), labelled)
    let page = try await asking(.jira) {
      try await client.searchMarked(jql.text, property: TicketMarker.propertyKey)
    }
    return wanted.reduce(into: [:]) { found, link in
      found[link.id] = Self.ticket(of: link, among: page.issues)
    }
  }

  /// Looks once in every way there is: also where the label was taken away, where the ticket was moved,
  /// and where its project has no labels.
  func findAnywhere(_ link: Link, _ project: StoredJiraProject, _ client: JiraClient) async throws
    -> JiraCreatedIssue?
  {
    if let found = try await findTickets([link], project, client)[link.id] { return found }
    if let found = try await findByRemoteLink(link, client) { return found }
    return try await findByProperty(link, project, client)
  }

  private func findByRemoteLink(_ link: Link, _ client: JiraClient) async throws
    -> JiraCreatedIssue?
  {
    guard let globalID = link.globalID else { return nil }
    do {
      let page = try await client.searchMarked(
        JQL.linked(byGlobalIDs: [globalID]).text, property: TicketMarker.propertyKey)
      return Self.ticket(of: link, among: page.issues, isLinked: true)
    } catch let error as RESTError where error.status == 400 {
      // A site without this function.
      return nil
    } catch let error as RESTError {
      throw VendorFailure(vendor: .jira, error: error)
    }
  }

  /// Looks through what this account created in the project since the request was sent.
  private func findByProperty(
    _ link: Link, _ project: StoredJiraProject, _ client: JiraClient
  ) async throws -> JiraCreatedIssue? {
    guard link.hasProperty else { return nil }
    let minutes = Int(min(-link.createdAt.timeIntervalSinceNow / 60, 100_000)) + 2
    let jql = JQL.and(
      .equals("project", .number(project.jiraID)), .createdByUs(withinMinutes: minutes))
    var token: String?
    for _ in 0..<Self.maxPages {
      let page = try await asking(.jira) { [token] in
        try await client.searchMarked(
          jql.text, property: TicketMarker.propertyKey, nextPageToken: token)
      }
      let marked = page.issues.filter { $0.properties?[TicketMarker.propertyKey] != nil }
      if let found = Self.ticket(of: link, among: marked, isLinked: true) { return found }
      token = page.nextPageToken
      if token == nil { return nil }
    }
    return nil
  }

  /// The one that was created for a link. A clone has the label as well, and not the property.
  private static func ticket(
    of link: Link, among issues: [JiraMarkedIssue], isLinked: Bool = false
  ) -> JiraCreatedIssue? {
    let candidates = issues.filter { issue in
      if let property = issue.properties?[TicketMarker.propertyKey] {
        return property["marker"]?.stringValue == link.ticketLabel
      }
      // A site that left properties out of its answer, or refused ours.
      return (issue.properties == nil || !link.hasProperty)
        && (isLinked || issue.labels.contains { $0 == link.ticketLabel })
    }
    let first = candidates.min { $0.id < $1.id }
    return first.map { JiraCreatedIssue(id: String($0.id), key: $0.key) }
  }
}
