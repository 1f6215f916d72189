import Foundation
import JiraClient
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Pairs that one side names: what people wrote before the service came, and after.
@Suite struct LinkDiscoveryTests {
  /// An error and a done ticket that nothing ties together, and clients of both vendors.
  struct Pair {
    var organizations: (jira: Int, sentry: Int)
    var error: TestService.Answer
    var ticket: Int
    var key: String
    var jira: JiraClient

    var address: String { error.text("permalink") }
  }

  private func pair(_ service: TestService) async throws -> Pair {
    let organizations = try await service.connect()
    let error = try await service.call("GET", "/sentry-issues/\(try await service.openError())")
    let done = try #require(
      try await service.call("GET", "/jira-issues?status_category=done&limit=1").data.first)
    let organization = try await service.services.jiraOrganizations.organization(
      Int64(organizations.jira))
    return Pair(
      organizations: organizations, error: error, ticket: done["id"]?.wholeNumber ?? 0,
      key: done["key"]?.stringValue ?? "",
      jira: try service.services.jiraClients.client(of: organization))
  }

  /// Discovers, and expects the pair's proposal alone, found in a place; nothing may have moved.
  private func expectFound(
    _ service: TestService, _ pair: Pair, in place: String, reason: String
  ) async throws {
    service.jira.resetStats()
    service.sentry.resetStats()
    // The sync that stored it may have found it already.
    _ = try await service.services.linkDiscovery.run()
    let again = try await service.services.linkDiscovery.run()
    #expect(again == 0)
    let links = try await service.call("GET", "/links").data
    #expect(links.count == 1)
    let link = try #require(links.first)
    #expect(link["link_type"] == "imported")
    #expect(link["state"] == "proposed")
    #expect(link["found_in"] == .string(place))
    #expect(link["sentry_issue_id"]?.wholeNumber == pair.error.id("id"))
    #expect(link["jira_issue_id"]?.wholeNumber == pair.ticket)
    let id = link["id"]?.wholeNumber ?? 0
    let event = try #require(try await service.call("GET", "/links/\(id)/events").data.last)
    #expect(event["decision"] == "propose")
    #expect(event["reason"]?.stringValue?.hasPrefix(reason) == true, "\(event)")
    #expect(link["creation_notes"] == event["reason"])
    let outcome = try await service.call("POST", "/links/\(id)/sync")
    #expect(outcome.status == 409)
    #expect(outcome.text("type") == "urn:issuebridge:problem:link-proposed")
    #expect(service.jira.stats.writes == 0)
    #expect(service.sentry.stats.writes == 0)
  }

  private static let description = "The description of the ticket mentions the Sentry issue: http"

  /// As Sentry's own Jira integration writes it, as people paste it, and as they type it.
  private static func descriptions(_ address: String) -> [(name: String, JSONValue)] {
    let hidden: JSONValue = [
      "type": "text", "text": "WEB-1A",
      "marks": [
        ["type": "link", "attrs": ["href": .string(address + "?referrer=jira_integration")]]
      ],
    ]
    return [
      ("a link behind words", ["type": "paragraph", "content": [hidden]]),
      ("a card", ["type": "blockCard", "attrs": ["url": .string(address + "#event")]]),
      (
        "an inline card in a list",
        [
          "type": "bulletList",
          "content": [
            [
              "type": "listItem",
              "content": [
                [
                  "type": "paragraph",
                  "content": [["type": "inlineCard", "attrs": ["url": .string(address)]]],
                ]
              ],
            ]
          ],
        ]
      ),
      (
        "words",
        ["type": "paragraph", "content": [["type": "text", "text": .string("See \(address).")]]]
      ),
    ]
  }

  @Test(arguments: 0..<4)
  func `a description that mentions a Sentry issue is proposed, and nothing moves`(_ index: Int)
    async throws
  {
    try await TestService.with { service in
      let pair = try await pair(service)
      let (name, node) = Self.descriptions(pair.address)[index]
      // Another site's issue of the same number is none of ours.
      let other: JSONValue = [
        "type": "text",
        "text": .string("https://example.org/a/issues/\(pair.error.id("sentry_id"))/"),
      ]
      try await pair.jira.editIssue(
        pair.key,
        fields: [
          "description": [
            "type": "doc", "version": 1,
            "content": [["type": "paragraph", "content": [other]], node],
          ]
        ])
      _ = try await service.sync("jira", pair.organizations.jira)
      try await expectFound(service, pair, in: "description", reason: Self.description)
      _ = name
    }
  }

  @Test func `a ticket that Sentry shows at an issue is proposed, by the address people browse`()
    async throws
  {
    try await TestService.with { service in
      let pair = try await pair(service)
      // The look-alike's integration belongs to this site.
      _ = try await service.database.pool.query(
        "update jira_organizations set site_url = 'https://acme.atlassian.net/'")
      let answer = try await service.transport.send(
        TransportRequest(
          method: "PUT",
          url: "\(service.sentry.baseURL)/api/0/organizations/acme/issues/"
            + "\(pair.error.id("sentry_id"))/integrations/24001/",
          headerFields: [
            ("Authorization", "Bearer \(service.sentry.configuration.authToken)"),
            ("Content-Type", "application/json"),
          ],
          body: JSONValue.object(["externalIssue": .string(pair.key)]).encoded()))
      #expect(answer.status == 201)
      _ = try await service.sync("sentry", pair.organizations.sentry)
      try await expectFound(
        service, pair, in: "annotation",
        reason: "Sentry shows the ticket at the issue: https://acme.atlassian.net/browse/")
    }
  }

  @Test func `a remote link is found where a product has both sides, and asked for once`()
    async throws
  {
    try await TestService.with { service in
      let pair = try await pair(service)
      try await pair.jira.upsertRemoteLink(
        pair.key, JiraRemoteLink(globalID: "other-tool:1", url: pair.address, title: "Sentry"))
      // Nothing says that these projects have to do with each other: no request is worth it.
      service.jira.resetStats()
      let unasked = try await service.services.linkDiscovery.run()
      #expect(unasked == 0)
      #expect(service.jira.stats.total == 0)
      try await assign(service, pair)
      try await expectFound(
        service, pair, in: "remote_link",
        reason: "A web link of the ticket leads to the Sentry issue: http")
      service.jira.resetStats()
      _ = try await service.services.linkDiscovery.run()
      #expect(service.jira.stats.total == 0)
    }
  }

  /// The ticket's project to a product, all Sentry projects to a product below it.
  private func assign(_ service: TestService, _ pair: Pair) async throws {
    let ticket = try await service.call("GET", "/jira-issues/\(pair.ticket)")
    let shop = try await service.call("POST", "/products", ["name": "Shop"])
    let cart = try await service.call(
      "POST", "/products", ["name": "Cart", "parent_id": JSONValue(shop.id("id"))])
    _ = try await service.call(
      "PATCH", "/jira-projects/\(ticket.id("jira_project_id"))",
      ["product_id": JSONValue(shop.id("id"))])
    for project in try await service.call("GET", "/sentry-projects").data {
      _ = try await service.call(
        "PATCH", "/sentry-projects/\(project["id"]?.wholeNumber ?? 0)",
        ["product_id": JSONValue(cart.id("id"))])
    }
  }

  @Test
  func `Sentry's own site is known by its former hosts, where the path names the organization`()
    async throws
  {
    try await TestService.with { service in
      let pair = try await pair(service)
      let number = pair.error.id("sentry_id")
      _ = try await service.database.pool.query(
        "update sentry_issues set permalink = $2 where id = $1", Int64(pair.error.id("id")),
        "https://acme.sentry.io/issues/\(number)/")
      for (organization, found) in [("others", 0), ("acme", 1)] {
        _ = try await service.database.pool.query(
          "update jira_issues set sentry_addresses = $2 where id = $1", Int64(pair.ticket),
          ["https://sentry.io/organizations/\(organization)/issues/\(number)"])
        _ = try await service.services.linkDiscovery.run()
        let links = try await service.call("GET", "/links").data
        #expect(links.count == found)
      }
    }
  }

  @Test func `a vendor that is down stops the reading, and the next run goes on`() async throws {
    try await TestService.with { service in
      let pair = try await pair(service)
      try await pair.jira.upsertRemoteLink(
        pair.key, JiraRemoteLink(globalID: "other-tool:1", url: pair.address, title: "Sentry"))
      try await assign(service, pair)
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      let found = try await service.services.linkDiscovery.run()
      #expect(found == 0)
      service.jira.faults = SandboxFaults()
      let later = try await service.services.linkDiscovery.run()
      #expect(later == 1)
    }
  }

  @Test func `a link that a person removed does not come back, whichever side names the other`()
    async throws
  {
    try await TestService.with { service in
      let organizations = try await service.connect()
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let short = made.text("link", "sentry_issue", "short_id")
      try await eventually("Sentry shows the ticket") {
        service.sentry.mentions(at: short).count == 1
      }
      let removed = try await service.call("DELETE", "/links/\(made.id("link", "id"))")
      #expect(removed.status == 204)
      _ = try await service.sync("jira", organizations.jira)
      _ = try await service.sync("sentry", organizations.sentry)
      let found = try await service.services.linkDiscovery.run()
      #expect(found == 0)
      // By hand it can be made again.
      let again = try await service.call(
        "POST", "/links",
        [
          "sentry_issue_id": JSONValue(error),
          "jira_issue_id": JSONValue(made.id("jira_issue", "id")),
        ])
      #expect(again.status == 201)
    }
  }

  @Test(arguments: [
    ("https://ACME.sentry.io/issues/12/?project=1", "https://acme.sentry.io/issues/12"),
    (
      "https://sentry.io/organizations/acme/issues/12/events/latest/",
      "https://sentry.io/organizations/acme/issues/12"
    ),
    ("http://127.0.0.1:9000/issues/12", "http://127.0.0.1:9000/issues/12"),
    ("https://acme.sentry.io/issues/12.", "https://acme.sentry.io/issues/12"),
    ("https://acme.sentry.io/issues/12-a", nil), ("https://acme.sentry.io/issues/WEB-1/", nil),
    ("https://acme.sentry.io/issues/", nil), ("ftp://acme.sentry.io/issues/12", nil),
    ("https://u:p@acme.sentry.io/issues/12", nil), ("https:///issues/12", nil),
    ("https://acme.sentry.io/x?to=/issues/12", nil),
    ("https://acme.sentry.io/issues/1234567890123456789", nil),
  ])
  func `addresses of Sentry issues`(_ address: String, _ normalized: String?) {
    #expect(SentryAddress.normalized(address) == normalized)
  }

  @Test(arguments: [
    ("https://Acme.atlassian.net/browse/web-12", "https://acme.atlassian.net/browse/WEB-12"),
    (
      "https://acme.atlassian.net/browse/WEB_2-12?focusedId=1",
      "https://acme.atlassian.net/browse/WEB_2-12"
    ),
    ("https://example.org/jira/browse/A1-1", "https://example.org/jira/browse/A1-1"),
    ("https://github.com/acme/web/issues/12", nil), ("https://acme.atlassian.net/browse/WEB", nil),
    ("https://acme.atlassian.net/browse/1-12", nil), ("/browse/WEB-12", nil),
  ])
  func `addresses of tickets`(_ address: String, _ normalized: String?) {
    #expect(TicketAddress.normalized(address) == normalized)
  }
}
