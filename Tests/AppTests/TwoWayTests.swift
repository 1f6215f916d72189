import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

@Suite struct TwoWayTests {
  /// A link that a ticket's creation made, with the names of both sides.
  struct Made {
    var link: Int
    var error: Int
    var shortID: String
    var ticket: Int
    var key: String
  }

  private func make(_ service: TestService, project: String = "WEB", _ more: JSONValue = [:])
    async throws -> Made
  {
    let error = try await service.openError()
    var body: [String: JSONValue] = [
      "jira_project_id": JSONValue(try await service.project(project))
    ]
    if case .object(let object) = more { body.merge(object) { $1 } }
    let made = try await service.call(
      "POST", "/sentry-issues/\(error)/jira-tickets", .object(body))
    #expect(made.status == 201, "\(made.json)")
    return Made(
      link: made.id("link", "id"), error: error,
      shortID: made.text("link", "sentry_issue", "short_id"),
      ticket: made.id("jira_issue", "id"), key: made.text("jira_issue", "key"))
  }

  /// Until nothing is under way any more.
  private func settled(_ service: TestService) async throws {
    try await eventually("everything is settled") {
      let rows = try await service.database.pool.query(
        """
        select (select count(*) from jobs where kind in ('sync_link', 'process_deliveries', 'publish_backlinks')
            and state in ('available', 'running', 'scheduled', 'retryable'))
          + (select count(*) from webhook_deliveries where state = 'pending')
        """)
      return try rows[0].int64(0) == 0
    }
  }

  @Test func `a finished ticket resolves its error, and the echo moves nothing`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await settled(service)
      service.jira.resetStats()
      service.sentry.resetStats()
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
      try await eventually("the echo came") {
        try await service.call("GET", "/webhook-deliveries?source=sentry").data.contains {
          $0["reason"]?.stringValue?.contains("echo of our own") == true
        }
      }
      try await settled(service)
      #expect(service.jira.stats.writes == 0)
      #expect(service.sentry.stats.writes == 1)
      let events = try await service.call("GET", "/links/\(made.link)/events").data
      let applied = try #require(events.first { $0["outcome"] == "applied" })
      #expect(applied["decision"] == "resolve_sentry")
      #expect(applied["cause"] == "jira changed: webhook")
      #expect(applied["request"]?["status"] == "resolved")
    }
  }

  @Test func `an error that comes back reopens its ticket by the workflow`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "resolved"])
      try await eventually("the ticket is done") {
        service.jira.statusName(of: made.key) == "Done"
      }
      try await settled(service)
      try await service.act(.sentry, "issues/\(made.shortID)/events")
      try await eventually("the ticket is open") {
        service.jira.statusName(of: made.key) == "To Do"
      }
      try await settled(service)
      #expect(service.sentry.status(of: made.shortID) == "unresolved")
    }
  }

  @Test func `a change through the API is carried to the other side`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await make(service)
      let resolved = try await service.call(
        "PATCH", "/sentry-issues/\(made.error)", ["status": "resolved"])
      #expect(resolved.status == 200)
      try await eventually("the ticket is done") {
        service.jira.statusName(of: made.key) == "Done"
      }
      try await settled(service)
      let reopened = try await service.call(
        "POST", "/jira-issues/\(made.ticket)/transitions", ["to_status": "In Progress"])
      #expect(reopened.status == 200)
      try await eventually("the error is open") {
        service.sentry.status(of: made.shortID) == "unresolved"
      }
      try await settled(service)
      #expect(service.jira.statusName(of: made.key) == "In Progress")
    }
  }

  @Test func `a change that no webhook told is carried by the next sync`() async throws {
    try await TestService.with { service in
      let organizations = try await service.connect()
      let made = try await make(service)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      _ = try await service.sync("jira", organizations.jira)
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
    }
  }

  @Test func `a switched direction holds, and switching it back compares afresh`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      let path = "/links/\(made.link)"
      let tag = try await service.call("GET", path).headerFields["etag"] ?? ""
      let off = try await service.call(
        "PATCH", path, ["sync_jira_to_sentry": false], headers: ["If-Match": tag])
      #expect(off.status == 200)
      #expect(off.json["sync_jira_to_sentry"] == false)
      let stale = try await service.call(
        "PATCH", path, ["creation_notes": "x"], headers: ["If-Match": "\"stale\""])
      #expect(stale.status == 412)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await eventually("the reason is told") {
        try await service.call("GET", "\(path)/events?outcome=nothing").data.contains {
          $0["reason"]?.stringValue?.contains("does not carry") == true
        }
      }
      #expect(service.sentry.status(of: made.shortID) == "unresolved")
      _ = try await service.call("PATCH", path, ["sync_jira_to_sentry": true])
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
      let bad = try await service.call("PATCH", path, ["sync_jira_to_sentry": .null])
      #expect(bad.status == 422)
    }
  }

  @Test func `a mapping of a project goes before the global one`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let project = try await service.project("WEB")
      let first = try await service.call("GET", "/status-mappings")
      #expect(first.data.count == 1)
      #expect(first.data[0]["jira_to_sentry"]?["done"] == "resolve")
      let global = try await service.call(
        "PUT", "/status-mappings", ["jira_to_sentry": ["done": "nothing"]])
      #expect(global.status == 200)
      #expect(global.text("scope") == "global")
      let own = try await service.call(
        "PUT", "/status-mappings",
        [
          "jira_project_id": JSONValue(project),
          "jira_to_sentry": ["done": "archive", "status:In Progress": "resolve"],
          "sentry_to_jira": ["ignored": "status:Done"], "reopen_window_days": .null,
        ])
      #expect(own.status == 200, "\(own.json)")
      #expect(own.json["reopen_window_days"] == JSONValue.null)
      let effective = try await service.call("GET", "/status-mappings?jira_project_id=\(project)")
      #expect(effective.data.first?["scope"] == "jira_project")
      let made = try await make(service)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "In Progress"])
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
      try await settled(service)
      // What we made of Sentry does not come back as a change of its own.
      #expect(service.jira.statusName(of: made.key) == "In Progress")
      let inherited = try await service.call(
        "PUT", "/status-mappings", ["jira_project_id": JSONValue(project), "inherit": true])
      #expect(inherited.text("scope") == "global")
      for (body, pointer) in [
        (["jira_to_sentry": ["finished": "resolve"]], "/jira_to_sentry/finished"),
        (["jira_to_sentry": ["done": "close"]], "/jira_to_sentry/done"),
        (["sentry_to_jira": ["resolved": "Closed"]], "/sentry_to_jira/resolved"),
        (["conflict_policy": "nobody_wins"], "/conflict_policy"),
        (["reopen_window_days": -1], "/reopen_window_days"),
      ] as [(JSONValue, String)] {
        let refused = try await service.call("PUT", "/status-mappings", body)
        #expect(refused.status == 422)
        #expect(refused.json["errors"]?.arrayValue?.first?["pointer"] == .string(pointer))
      }
    }
  }

  @Test func `done that takes three steps is reached with what the last one asks for`() async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service, project: "PAY")
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "resolved"])
      try await eventually("the ticket is closed") {
        service.jira.statusName(of: made.key) == "Closed"
      }
      try await settled(service)
      #expect(service.sentry.status(of: made.shortID) == "resolved")
    }
  }

  @Test func `after the window a regression makes one new ticket, related to the old`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      _ = try await service.call("PUT", "/status-mappings", ["reopen_window_days": 0])
      let made = try await make(service)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
      try await settled(service)
      let before = service.jira.issueCount
      try await service.act(.sentry, "issues/\(made.shortID)/events")
      try await eventually("a new ticket is there") {
        service.jira.related(to: made.key).count == 1
      }
      try await settled(service)
      #expect(service.jira.issueCount == before + 1)
      #expect(service.jira.statusName(of: made.key) == "Done")
      let links = try await service.call("GET", "/links?sentry_issue_id=\(made.error)").data
      #expect(links.count == 2)
      #expect(links.contains { $0["continues_link_id"]?.wholeNumber == made.link })
      // The old link rests; asked again, it makes no third ticket.
      let again = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(again.text("decision") == "nothing")
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test func `a deleted ticket breaks its link and says so`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await settled(service)
      try await service.act(.jira, "issues/\(made.key)/delete")
      try await eventually("the link is broken") {
        try await service.call("GET", "/links/\(made.link)").text("state") == "broken"
      }
      let link = try await service.call("GET", "/links/\(made.link)")
      #expect(link.text("last_error").contains("deleted"))
      let events = try await service.call("GET", "/links/\(made.link)/events").data
      #expect(events.first?["decision"] == "break")
    }
  }

  @Test func `a moved ticket is followed`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await service.act(.jira, "issues/\(made.key)/move", ["project": "APP"])
      try await eventually("its key is the new one") {
        try await service.call("GET", "/links/\(made.link)").text("jira_issue", "key")
          .hasPrefix("APP-")
      }
      let key = try await service.call("GET", "/links/\(made.link)").text("jira_issue", "key")
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the error is resolved") {
        service.sentry.status(of: made.shortID) == "resolved"
      }
      try await settled(service)
      let ticket = try await service.call("GET", "/jira-issues/\(made.ticket)")
      #expect(ticket.id("jira_project_id") == (try await service.project("APP")))
    }
  }

  @Test func `each side of a new link shows the other, once`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await make(service)
      try await eventually("both sides show each other") {
        service.sentry.mentions(at: made.shortID).count == 1
          && service.jira.remoteLinks(of: made.key).count == 1
      }
      #expect(
        service.sentry.mentions(at: made.shortID) == ["\(service.jira.baseURL)/browse/\(made.key)"])
      #expect(service.jira.remoteLinks(of: made.key)[0].contains("/issues/"))
      try await settled(service)
      try await service.services.backlinks.publish(Int64(made.link))
      #expect(service.sentry.mentions(at: made.shortID).count == 1)
      #expect(service.jira.remoteLinks(of: made.key).count == 1)
      let events = try await service.call("GET", "/links/\(made.link)/events").data
      #expect(events.contains { $0["decision"] == "publish_backlinks" })
    }
  }
}
