import Foundation
import JiraClient
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// A mention is not a link: what is found is proposed, and carries nothing until a person accepts it.
@Suite struct ProposedLinkTests {
  /// Open Sentry issues and open tickets that nothing ties together.
  struct Sides {
    var organizations: (jira: Int, sentry: Int)
    var issues: [JSONValue]
    var tickets: [JSONValue]

    func issue(_ index: Int = 0) -> (id: Int, short: String, address: String) {
      let one = issues[index]
      return (
        one["id"]?.wholeNumber ?? 0, one["short_id"]?.stringValue ?? "",
        one["permalink"]?.stringValue ?? ""
      )
    }
    func ticket(_ index: Int = 0) -> (id: Int, key: String) {
      (tickets[index]["id"]?.wholeNumber ?? 0, tickets[index]["key"]?.stringValue ?? "")
    }
  }

  private func sides(_ service: TestService, webhooks: Bool = false, _ count: Int = 3)
    async throws -> Sides
  {
    let organizations =
      webhooks ? try await service.connectWebhooks() : try await service.connect()
    return Sides(
      organizations: organizations,
      issues: try await service.call("GET", "/sentry-issues?status=unresolved&limit=\(count)").data,
      tickets: try await service.call("GET", "/jira-issues?status_category=new&limit=\(count)").data
    )
  }

  /// A person mentions an issue in a ticket's description.
  private func mention(_ service: TestService, _ sides: Sides, issue: Int = 0, ticket: Int = 0)
    async throws
  {
    try await service.act(
      .jira, "issues/\(sides.ticket(ticket).key)/edit",
      ["description": .string("Perhaps the same as \(sides.issue(issue).address)?")])
  }

  /// Reads Jira and looks for mentions.
  private func discover(_ service: TestService, _ sides: Sides) async throws {
    _ = try await service.sync("jira", sides.organizations.jira)
    _ = try await service.services.linkDiscovery.run()
  }

  /// The only proposed link.
  private func proposal(_ service: TestService) async throws -> Int {
    let links = try await service.call("GET", "/links?state=proposed").data
    #expect(links.count == 1, "\(links)")
    return links.first?["id"]?.wholeNumber ?? -1
  }

  private func proposed(_ service: TestService, _ sides: Sides, issue: Int = 0, ticket: Int = 0)
    async throws -> Int
  {
    try await mention(service, sides, issue: issue, ticket: ticket)
    try await discover(service, sides)
    return try await proposal(service)
  }

  /// Until no job that carries or publishes is under way.
  private func settled(_ service: TestService) async throws {
    try await eventually("everything is settled") {
      try await service.database.pool.query(
        """
        select (select count(*) from jobs where kind in ('sync_link', 'process_deliveries',
            'publish_backlinks') and state in ('available', 'running', 'scheduled', 'retryable'))
          + (select count(*) from webhook_deliveries where state = 'pending')
        """)[0].int64(0) == 0
    }
  }

  @Test(arguments: [false, true])
  func `a clone of a linked ticket is proposed, and follows nobody`(_ withLinks: Bool) async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service, webhooks: true)
      let made = try await service.call(
        "POST", "/sentry-issues/\(sides.issue().id)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let key = made.text("jira_issue", "key")
      try await settled(service)
      try await service.act(
        .jira, "issues/\(key)/clone", ["links": .string(String(withLinks))])
      try await settled(service)
      try await discover(service, sides)
      let id = try await proposal(service)
      let link = try await service.call("GET", "/links/\(id)")
      let clone = link.text("jira_issue", "key")
      #expect(clone != key)
      #expect(link.id("sentry_issue_id") == sides.issue().id)
      #expect(link.text("creation_notes").hasSuffix("is already linked to \(key)."), "\(link.json)")

      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the issue is resolved") {
        service.sentry.status(of: sides.issue().short) == "resolved"
      }
      try await settled(service)
      #expect(service.jira.statusName(of: clone) == "To Do")
      try await service.act(.jira, "issues/\(clone)/transition", ["to": "In Progress"])
      try await settled(service)
      #expect(service.sentry.status(of: sides.issue().short) == "resolved")
      #expect(service.jira.statusName(of: key) == "Done")
    }
  }

  @Test func `a proposed link does not make an issue or a ticket linked, and is told of`()
    async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service)
      let before = try await service.call("GET", "/dashboard")
      let id = try await proposed(service, sides)
      let (issue, ticket) = (sides.issue().id, sides.ticket().id)
      for (path, own) in [("sentry-issues", issue), ("jira-issues", ticket)] {
        let unlinked = try await service.call("GET", "/\(path)?linked=false&limit=200").data
        #expect(unlinked.contains { $0["id"]?.wholeNumber == own })
        let linked = try await service.call("GET", "/\(path)?linked=true&limit=200").data
        #expect(linked.isEmpty)
        let one = try await service.call("GET", "/\(path)/\(own)")
        #expect(one.json["links"]?.arrayValue?.first?["state"] == "proposed")
      }
      let dashboard = try await service.call("GET", "/dashboard")
      #expect(dashboard.id("links", "proposed") == 1)
      #expect(dashboard.id("links", "total") == 0)
      #expect(dashboard.json["links_per_day"] == before.json["links_per_day"])
      #expect(
        dashboard.id("sentry_issues", "unresolved_with_ticket")
          == before.id("sentry_issues", "unresolved_with_ticket"))
      let told = dashboard.json["attention"]?.arrayValue?.first { $0["kind"] == "links_proposed" }
      #expect(told?["message"] == "1 proposed link to review.")
      // It is in nobody's way.
      let created = try await service.call(
        "POST", "/sentry-issues/\(issue)/jira-tickets",
        [
          "jira_project_id": JSONValue(
            sides.tickets[0]["jira_project_id"]?.wholeNumber ?? 0)
        ])
      #expect(created.status == 201, "\(created.json)")
      let state = try await service.call("GET", "/links/\(id)").text("state")
      #expect(state == "proposed")
    }
  }

  /// How both sides are when the link is accepted, and whether the service heard of it.
  struct Acceptance: Sendable, CustomTestStringConvertible {
    var sentry: String
    var jira: String
    var isHeardOf: Bool
    var testDescription: String { "\(sentry), \(jira), heard of: \(isHeardOf)" }
  }

  @Test(arguments: [
    Acceptance(sentry: "unresolved", jira: "To Do", isHeardOf: true),
    Acceptance(sentry: "unresolved", jira: "Done", isHeardOf: true),
    Acceptance(sentry: "unresolved", jira: "Done", isHeardOf: false),
    Acceptance(sentry: "resolved", jira: "To Do", isHeardOf: true),
    Acceptance(sentry: "resolved", jira: "In Progress", isHeardOf: false),
  ])
  func `accepting moves nothing, and what changes afterwards is carried`(_ how: Acceptance)
    async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service, webhooks: how.isHeardOf)
      let id = try await proposed(service, sides)
      let (short, key) = (sides.issue().short, sides.ticket().key)
      if how.sentry != "unresolved" {
        try await service.act(.sentry, "issues/\(short)/status", ["status": .string(how.sentry)])
      }
      if how.jira != "To Do" {
        try await service.act(.jira, "issues/\(key)/transition", ["to": .string(how.jira)])
      }
      try await settled(service)
      let accepted = try await service.call("POST", "/links/\(id)/acceptances")
      #expect(accepted.status == 200)
      #expect(accepted.text("state") == "active")
      #expect(accepted.text("sentry_issue", "status") == how.sentry)
      #expect(accepted.text("jira_issue", "status") == how.jira)
      try await settled(service)
      _ = try await service.call("POST", "/links/\(id)/sync")
      try await settled(service)
      #expect(service.sentry.status(of: short) == how.sentry)
      #expect(service.jira.statusName(of: key) == how.jira)
      // Each side is shown at the other from now on.
      #expect(service.jira.remoteLinks(of: key) == [sides.issue().address])
      #expect(service.sentry.mentions(at: short).count == 1)
      let events = try await service.call("GET", "/links/\(id)/events").data
      let decision = try #require(events.first { $0["decision"] == "accept" })
      #expect(decision["cause"] == "accepted by bootstrap")
      let audited = try await service.call(
        "GET", "/audit-events?resource_type=link&resource_id=\(id)&action=updated"
      ).data
      #expect(audited.first?["after"]?["state"] == "active")

      let next = how.jira == "Done" ? "In Progress" : "Done"
      try await service.act(.jira, "issues/\(key)/transition", ["to": .string(next)])
      _ = try await service.call("POST", "/links/\(id)/sync")
      let wanted = next == "Done" ? "resolved" : "unresolved"
      #expect(service.sentry.status(of: short) == wanted)
    }
  }

  @Test func `a rejected pair does not come back, and a person may link it nevertheless`()
    async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service)
      let id = try await proposed(service, sides)
      let rejected = try await service.call("POST", "/links/\(id)/rejections")
      #expect(rejected.status == 204)
      let gone = try await service.call("GET", "/links/\(id)")
      #expect(gone.status == 404)
      try await mention(service, sides)
      try await discover(service, sides)
      let links = try await service.call("GET", "/links").data
      #expect(links.isEmpty)
      let made = try await service.call(
        "POST", "/links",
        [
          "sentry_issue_id": JSONValue(sides.issue().id),
          "jira_issue_id": JSONValue(sides.ticket().id),
        ])
      #expect(made.status == 201)
    }
  }

  @Test func `linking a proposed pair by hand takes the proposal's place`() async throws {
    try await TestService.with { service in
      let sides = try await sides(service)
      let id = try await proposed(service, sides)
      let made = try await service.call(
        "POST", "/links",
        [
          "sentry_issue_id": JSONValue(sides.issue().id),
          "jira_issue_id": JSONValue(sides.ticket().id),
        ])
      #expect(made.status == 201)
      #expect(made.text("link_type") == "manual")
      #expect(made.json["found_in"] == .null)
      let gone = try await service.call("GET", "/links/\(id)")
      #expect(gone.status == 404)
    }
  }

  @Test func `many are decided at once, each for itself`() async throws {
    try await TestService.with { service in
      let sides = try await sides(service)
      for index in 0..<3 { try await mention(service, sides, issue: index, ticket: index) }
      try await discover(service, sides)
      let ids = try await service.call("GET", "/links?state=proposed").data
        .compactMap { $0["id"]?.wholeNumber }
      #expect(ids.count == 3)
      let answer = try await service.call(
        "POST", "/link-decisions",
        [
          "accept": .array([JSONValue(ids[0]), JSONValue(ids[0]), 999_999]),
          "reject": .array([JSONValue(ids[1])]),
        ])
      #expect(answer.status == 200)
      #expect(answer.id("accepted") == 1)
      #expect(answer.id("rejected") == 1)
      #expect(answer.id("failed") == 1)
      let results = answer.json["results"]?.arrayValue ?? []
      #expect(results.map { $0["link_id"]?.wholeNumber } == [ids[0], 999_999, ids[1]])
      #expect(results.map { $0["outcome"] } == ["accepted", "failed", "rejected"])
      #expect(results[0]["link"]?["state"] == "active")
      #expect(results[1]["problem"]?["status"] == 404)
      #expect(results[2]["link"] == .null)

      // What was decided is decided.
      let again = try await service.call(
        "POST", "/link-decisions",
        ["accept": .array([JSONValue(ids[1])]), "reject": .array([JSONValue(ids[0])])])
      #expect(again.id("failed") == 2)
      #expect(
        again.json["results"]?.arrayValue?.map { $0["problem"]?["status"] } == [404, 409])
      for path in ["acceptances", "rejections"] {
        let late = try await service.call("POST", "/links/\(ids[0])/\(path)")
        #expect(late.status == 409)
        #expect(late.text("type") == "urn:issuebridge:problem:link-not-proposed")
        #expect(late.text("detail").contains("Link \(ids[0]) is active."))
      }
      let token = try await service.call(
        "POST", "/api-tokens", ["name": "reader", "scope": "read"]
      ).text("token")
      for (path, body) in [
        ("/links/\(ids[2])/acceptances", nil), ("/links/\(ids[2])/rejections", nil),
        ("/link-decisions", ["accept": .array([JSONValue(ids[2])])]),
      ] as [(String, JSONValue?)] {
        let refused = try await service.call("POST", path, body, token: token)
        #expect(refused.status == 403)
      }
    }
  }

  @Test(
    arguments: [
      ([:], "/accept"), (["accept": [], "reject": []], "/accept"),
      (["accept": [1], "reject": [2, 1]], "/reject"), (["accept": ["1"]], "/accept"),
      (["reject": [0]], "/reject"),
      (["reject": .array((1...201).map { JSONValue($0) })], "/reject"),
      (
        [
          "accept": .array((1...101).map { JSONValue($0) }),
          "reject": .array((201...300).map { JSONValue($0) }),
        ], "/accept"
      ),
      (["accept": [1], "approve": [2]], "/approve"),
    ] as [(JSONValue, String)])
  func `decisions that cannot be are refused, and nothing is decided`(
    _ body: JSONValue, _ pointer: String
  ) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call("POST", "/link-decisions", body)
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.arrayValue?.first?["pointer"] == .string(pointer))
    }
  }

  @Test func `a link whose side is gone cannot be accepted, and is withdrawn`() async throws {
    try await TestService.with { service in
      let sides = try await sides(service)
      let id = try await proposed(service, sides)
      try await service.act(.jira, "issues/\(sides.ticket().key)/delete")
      let refused = try await service.call("POST", "/links/\(id)/acceptances")
      #expect(refused.status == 409)
      #expect(refused.text("type") == "urn:issuebridge:problem:link-side-deleted")
      _ = try await service.services.linkDiscovery.run()
      let gone = try await service.call("GET", "/links/\(id)")
      #expect(gone.status == 404)
    }
  }

  @Test(arguments: [("jira", 0), ("sentry", 0), ("jira", 1), ("sentry", 1)])
  func `an organization that wants no proposals has none`(_ vendor: String, _ when: Int)
    async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service)
      let id = vendor == "jira" ? sides.organizations.jira : sides.organizations.sentry
      let path = "/\(vendor)-organizations/\(id)"
      let at = try await service.call("GET", path)
      #expect(at.text("link_discovery") == "propose")
      if when == 1 { _ = try await proposed(service, sides) }
      let off = try await service.call("PATCH", path, ["link_discovery": "off"])
      #expect(off.text("link_discovery") == "off")
      try await mention(service, sides)
      try await discover(service, sides)
      var links = try await service.call("GET", "/links").data
      #expect(links.isEmpty)
      // No person rejected it: it comes back with the setting.
      _ = try await service.call("PATCH", path, ["link_discovery": "propose"])
      _ = try await service.services.linkDiscovery.run()
      links = try await service.call("GET", "/links").data
      #expect(links.count == 1)
      for wrong: JSONValue in ["always", true, .null] {
        let refused = try await service.call("PATCH", path, ["link_discovery": wrong])
        #expect(refused.status == 422)
      }
    }
  }

  /// What is no mention of an issue that is known here.
  @Test func `comments, other organizations and shared examples propose nothing`() async throws {
    try await TestService.with { service in
      let sides = try await sides(service, 12)
      let (short, address) = (sides.issue().short, sides.issue().address)
      let number = address.split(separator: "/").last.map(String.init) ?? ""
      let host = address.components(separatedBy: "/organizations")[0]
      try await service.act(
        .jira, "issues/\(sides.ticket().key)/comment", ["text": .string("See \(address).")])
      try await service.act(
        .sentry, "issues/\(short)/comment",
        ["text": .string("See \(service.jira.baseURL)/browse/\(sides.ticket().key).")])
      try await service.act(
        .jira, "issues/\(sides.ticket(1).key)/edit",
        ["description": .string("\(host)/organizations/others/issues/\(number)/")])
      try await service.act(
        .jira, "issues/\(sides.ticket(2).key)/edit",
        ["description": .string("https://others.example/organizations/acme/issues/\(number)/")])
      try await discover(service, sides)
      _ = try await service.sync("sentry", sides.organizations.sentry)
      _ = try await service.services.linkDiscovery.run()
      var links = try await service.call("GET", "/links").data
      #expect(links.isEmpty, "\(links)")
      // A template whose example everybody leaves in.
      for index in 0..<sides.tickets.count {
        try await mention(service, sides, issue: 1, ticket: index)
      }
      try await discover(service, sides)
      links = try await service.call("GET", "/links").data
      #expect(links.isEmpty, "\(links.count)")
    }
  }

  /// Who recorded a ticket at an issue, what is set, and what becomes of it.
  struct Recorded: Sendable, CustomTestStringConvertible {
    enum Author: Sendable { case integration, app, integrationAndApp, description }
    enum Products: Sendable { case none, one, related, different, half }

    var by: Author
    var jira: String
    var sentry = "propose"
    var products = Products.one
    var state: String
    var testDescription: String { "\(by), \(jira)/\(sentry), products: \(products)" }
  }

  @Test(arguments: [
    Recorded(by: .integration, jira: "trust_integrations", state: "active"),
    Recorded(by: .integration, jira: "trust_integrations", products: .none, state: "active"),
    Recorded(by: .integration, jira: "trust_integrations", products: .related, state: "active"),
    Recorded(by: .integration, jira: "propose", sentry: "trust_integrations", state: "active"),
    Recorded(by: .integration, jira: "propose", state: "proposed"),
    Recorded(
      by: .integration, jira: "trust_integrations", products: .different, state: "proposed"),
    Recorded(by: .integration, jira: "trust_integrations", products: .half, state: "proposed"),
    Recorded(by: .app, jira: "trust_integrations", state: "proposed"),
    Recorded(by: .integrationAndApp, jira: "trust_integrations", state: "proposed"),
    Recorded(by: .description, jira: "trust_integrations", state: "proposed"),
    Recorded(by: .integration, jira: "off", sentry: "trust_integrations", state: ""),
    Recorded(by: .integration, jira: "trust_integrations", sentry: "off", state: ""),
  ])
  func `only what Sentry's own integration recorded within one product becomes active`(
    _ how: Recorded
  ) async throws {
    try await TestService.with { service in
      let sides = try await sides(service)
      // The integration of the look-alike belongs to this site.
      let site = "https://acme.atlassian.net"
      try await set(service, sides, how)
      let (short, key) = (sides.issue().short, sides.ticket().key)
      if how.by == .integration || how.by == .integrationAndApp {
        let path =
          "/api/0/organizations/acme/issues/\(sides.issues[0]["sentry_id"]?.wholeNumber ?? 0)"
          + "/integrations/24001/"
        let answer = try await service.transport.send(
          TransportRequest(
            method: "PUT", url: service.sentry.baseURL + path,
            headerFields: [
              ("Authorization", "Bearer \(service.sentry.configuration.authToken)"),
              ("Content-Type", "application/json"),
            ], body: JSONValue.object(["externalIssue": .string(key)]).encoded()))
        #expect(answer.status == 201)
      }
      if how.by == .app || how.by == .integrationAndApp {
        try await service.act(
          .sentry, "issues/\(short)/app-issues",
          ["app": "planner", "url": .string("\(site)/browse/\(key)"), "name": .string(key)])
      }
      if how.by == .description { try await mention(service, sides) }
      _ = try await service.sync("sentry", sides.organizations.sentry)
      _ = try await service.sync("jira", sides.organizations.jira)
      _ = try await service.database.pool.query(
        "update jira_organizations set site_url = $1", site + "/")
      service.sentry.resetStats()
      service.jira.resetStats()
      _ = try await service.services.linkDiscovery.run()
      let links = try await service.call("GET", "/links").data
      #expect(
        links.map { $0["state"]?.stringValue ?? "" } == (how.state.isEmpty ? [] : [how.state]))
      #expect(service.sentry.stats.writes + service.jira.stats.writes == 0)
      guard how.state == "active", let link = links.first else { return }
      #expect(link["found_in"] == "integration")
      // It agrees on both sides as they are, and carries what changes.
      let id = link["id"]?.wholeNumber ?? 0
      let outcome = try await service.call("POST", "/links/\(id)/sync")
      #expect(outcome.text("decision") == "nothing")
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      _ = try await service.call("POST", "/links/\(id)/sync")
      #expect(service.sentry.status(of: short) == "resolved")
    }
  }

  private func set(_ service: TestService, _ sides: Sides, _ how: Recorded) async throws {
    _ = try await service.call(
      "PATCH", "/jira-organizations/\(sides.organizations.jira)",
      ["link_discovery": .string(how.jira)])
    _ = try await service.call(
      "PATCH", "/sentry-organizations/\(sides.organizations.sentry)",
      ["link_discovery": .string(how.sentry)])
    guard how.products != .none else { return }
    let shop = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
    let cart = try await service.call(
      "POST", "/products",
      [
        "name": "Cart", "parent_id": how.products == .related ? JSONValue(shop) : .null,
      ]
    ).id("id")
    _ = try await service.call(
      "PATCH", "/jira-projects/\(sides.tickets[0]["jira_project_id"]?.wholeNumber ?? 0)",
      ["product_id": JSONValue(shop)])
    guard how.products != .half else { return }
    _ = try await service.call(
      "PATCH", "/sentry-projects/\(sides.issues[0]["sentry_project_id"]?.wholeNumber ?? 0)",
      ["product_id": JSONValue(how.products == .one ? shop : cart)])
  }

  @Test func `Sentry that does not answer leaves a pair proposed, and it is looked up again`()
    async throws
  {
    try await TestService.with { service in
      let sides = try await sides(service)
      try await set(
        service, sides, Recorded(by: .integration, jira: "trust_integrations", state: ""))
      _ = try await service.database.pool.query(
        "update sentry_issues set ticket_addresses = $2 where id = $1", Int64(sides.issue().id),
        ["\(service.jira.baseURL)/browse/\(sides.ticket().key)"])
      try await eventually("what the syncs stored is looked through") {
        try await service.database.pool.query(
          "select count(*) from jobs where kind = 'discover_links' and finalized_at is null")[0]
          .int64(0) == 0
      }
      var faults = SandboxFaults()
      faults.serverError = 1
      service.sentry.faults = faults
      _ = try await service.services.linkDiscovery.run()
      _ = try await proposal(service)
      service.sentry.faults = SandboxFaults()
      service.sentry.resetStats()
      // Nobody recorded it: it is not asked for again within a day.
      for requests in [1, 1] {
        _ = try await service.services.linkDiscovery.run()
        #expect(service.sentry.stats.total == requests)
      }
      _ = try await proposal(service)
    }
  }
}
