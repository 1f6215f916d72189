import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Several Sentry issues with one ticket, and one issue with several tickets.
@Suite struct ManyToOneTests {
  private struct Group {
    var ticket: Int
    var key: String
    /// Ids here and short ids of the issues.
    var issues: [(id: Int, shortID: String, link: Int)]
  }

  /// Links issues to one open ticket.
  private func group(_ service: TestService, issues count: Int) async throws -> Group {
    let ticket = try #require(
      try await service.call("GET", "/jira-issues?status_category=new&q=WEB-&limit=1").data.first)
    var group = Group(
      ticket: ticket["id"]?.wholeNumber ?? 0, key: ticket["key"]?.stringValue ?? "", issues: [])
    for _ in 0..<count {
      let id = try await service.openError()
      let link = try await service.call(
        "POST", "/links",
        ["sentry_issue_id": JSONValue(id), "jira_issue_id": JSONValue(group.ticket)])
      #expect(link.status == 201, "\(link.json)")
      group.issues.append((id, link.text("sentry_issue", "short_id"), link.id("id")))
    }
    try await service.settled()
    return group
  }

  private func reasons(_ service: TestService, _ link: Int) async throws -> [String] {
    try await service.call("GET", "/links/\(link)/events").data.compactMap {
      $0["reason"]?.stringValue
    }
  }

  @Test func `a ticket is completed with the last of its issues and reopened with the first`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let group = try await group(service, issues: 3)
      let (a, b, c) = (group.issues[0], group.issues[1], group.issues[2])
      for (issue, words) in [
        (a, "2 of 3 issues of this ticket are still unresolved."),
        (b, "1 of 3 issues of this ticket is still unresolved."),
      ] {
        try await service.act(.sentry, "issues/\(issue.shortID)/status", ["status": "resolved"])
        try await eventually("the timeline says why the ticket stays open") {
          try await reasons(service, issue.link).contains { $0.contains(words) }
        }
        try await service.settled()
        #expect(service.jira.statusName(of: group.key) == "To Do")
        #expect(service.sentry.status(of: c.shortID) == "unresolved")
      }
      try await service.act(.sentry, "issues/\(c.shortID)/status", ["status": "resolved"])
      try await eventually("the ticket is done") {
        service.jira.statusName(of: group.key) == "Done"
      }
      try await service.settled()
      service.sentry.resetStats()
      try await service.act(.sentry, "issues/\(b.shortID)/events")
      try await eventually("the ticket is open again") {
        service.jira.statusName(of: group.key) == "To Do"
      }
      try await service.settled()
      // Our own move is no decision about the other issues.
      #expect(service.sentry.status(of: a.shortID) == "resolved")
      #expect(service.sentry.status(of: c.shortID) == "resolved")
      #expect(service.sentry.stats.writes == 0)
      #expect(
        try await reasons(service, a.link).contains { $0.contains("not a person's decision") })
      let drift = try await service.call("POST", "/reconciliations")
      let ended = try await service.finished(run: drift.id("id"))
      #expect(ended.id("links_drifted") == 0, "\(ended.json)")
    }
  }

  @Test func `resolving one of two issues through the API leaves the other and the ticket alone`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let group = try await group(service, issues: 2)
      let resolved = try await service.call(
        "PATCH", "/sentry-issues/\(group.issues[0].id)", ["status": "resolved"])
      #expect(resolved.status == 200)
      try await service.settled()
      #expect(service.jira.statusName(of: group.key) == "To Do")
      #expect(service.sentry.status(of: group.issues[1].shortID) == "unresolved")
    }
  }

  @Test func `a person who completes a ticket resolves all of its issues with one request`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let group = try await group(service, issues: 4)
      service.jira.resetStats()
      service.sentry.resetStats()
      try await service.act(.jira, "issues/\(group.key)/transition", ["to": "Done"])
      try await eventually("all issues are resolved") {
        group.issues.allSatisfy { service.sentry.status(of: $0.shortID) == "resolved" }
      }
      try await service.settled()
      #expect(service.sentry.stats.writes == 1)
      #expect(service.jira.stats.writes == 0)
      #expect(service.jira.statusName(of: group.key) == "Done")
      for issue in group.issues {
        let events = try await service.call("GET", "/links/\(issue.link)/events?outcome=applied")
        #expect(events.data.contains { $0["decision"] == "resolve_sentry" })
        let stored = try await service.call("GET", "/sentry-issues/\(issue.id)")
        #expect(stored.text("status") == "resolved")
      }
      // Reopened by a person, all of them are open again.
      try await service.act(.jira, "issues/\(group.key)/transition", ["to": "In Progress"])
      try await eventually("all issues are unresolved") {
        group.issues.allSatisfy { service.sentry.status(of: $0.shortID) == "unresolved" }
      }
      try await service.settled()
      #expect(service.jira.statusName(of: group.key) == "In Progress")
    }
  }

  @Test func `an archived issue keeps no ticket open, whichever came first`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let group = try await group(service, issues: 2)
      let (a, b) = (group.issues[0], group.issues[1])
      try await service.act(.sentry, "issues/\(a.shortID)/status", ["status": "resolved"])
      try await service.settled()
      #expect(service.jira.statusName(of: group.key) == "To Do")
      try await service.act(.sentry, "issues/\(b.shortID)/status", ["status": "ignored"])
      try await eventually("the ticket is done") {
        service.jira.statusName(of: group.key) == "Done"
      }
      try await service.settled()
      #expect(service.sentry.status(of: b.shortID) == "ignored")
    }
  }

  @Test func `an issue is resolved with the last of its tickets and reopened with the first`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let tickets = try await service.call("GET", "/jira-issues?status_category=new&q=WEB-&limit=2")
      let error = try await service.openError()
      var links: [Int] = []
      var keys: [String] = []
      for ticket in tickets.data {
        let link = try await service.call(
          "POST", "/links",
          ["sentry_issue_id": JSONValue(error), "jira_issue_id": ticket["id"] ?? .null])
        links.append(link.id("id"))
        keys.append(ticket["key"]?.stringValue ?? "")
      }
      try await service.settled()
      let shortID = try await service.call("GET", "/sentry-issues/\(error)").text("short_id")
      try await service.act(.jira, "issues/\(keys[0])/transition", ["to": "Done"])
      try await eventually("the timeline says why the issue stays open") {
        try await reasons(service, links[0]).contains {
          $0.contains("1 of 2 tickets of this issue is still open.")
        }
      }
      try await service.settled()
      #expect(service.sentry.status(of: shortID) == "unresolved")
      #expect(service.jira.statusName(of: keys[1]) == "To Do")
      try await service.act(.jira, "issues/\(keys[1])/transition", ["to": "Done"])
      try await eventually("the issue is resolved") {
        service.sentry.status(of: shortID) == "resolved"
      }
      try await service.settled()
      try await service.act(.jira, "issues/\(keys[0])/transition", ["to": "To Do"])
      try await eventually("the issue is unresolved") {
        service.sentry.status(of: shortID) == "unresolved"
      }
      try await service.settled()
      #expect(service.jira.statusName(of: keys[1]) == "Done")
    }
  }

  @Test func `links that share a ticket are compared one after the other`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let group = try await group(service, issues: 3)
      for issue in group.issues {
        try await service.act(.sentry, "issues/\(issue.shortID)/status", ["status": "resolved"])
      }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for issue in group.issues {
          tasks.addTask { _ = try await service.call("POST", "/links/\(issue.link)/sync") }
        }
        try await tasks.waitForAll()
      }
      #expect(service.jira.statusName(of: group.key) == "Done")
    }
  }

  @Test func `a broken link has no say in its ticket`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let group = try await group(service, issues: 2)
      _ = try await service.database.pool.query(
        "update links set state = 'broken' where id = $1", group.issues[1].link)
      try await service.act(
        .sentry, "issues/\(group.issues[0].shortID)/status", ["status": "resolved"])
      try await eventually("the ticket is done") {
        service.jira.statusName(of: group.key) == "Done"
      }
    }
  }
}

/// A finished ticket and an issue that still has events.
@Suite struct InitialSyncTests {
  private struct Pair {
    var ticket: Int
    var key: String
    var issue: Int
    var shortID: String
  }

  private func pair(_ service: TestService) async throws -> Pair {
    let ticket = try #require(
      try await service.call("GET", "/jira-issues?status_category=new&q=WEB-&limit=1").data.first)
    let key = ticket["key"]?.stringValue ?? ""
    try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
    let issue = try await service.openError()
    let shortID = try await service.call("GET", "/sentry-issues/\(issue)").text("short_id")
    try await service.act(.sentry, "issues/\(shortID)/events")
    try await service.settled()
    return Pair(
      ticket: ticket["id"]?.wholeNumber ?? 0, key: key, issue: issue, shortID: shortID)
  }

  @Test(
    arguments: [
      (nil, "Done", "unresolved"), ("nothing", "Done", "unresolved"),
      ("follow_jira", "Done", "resolved"), ("follow_sentry", "To Do", "unresolved"),
    ] as [(String?, String, String)])
  func `linking a finished ticket to an issue with events moves only what is asked for`(
    initial: String?, ticket: String, sentry: String
  ) async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let pair = try await pair(service)
      var body: [String: JSONValue] = [
        "sentry_issue_id": JSONValue(pair.issue), "jira_issue_id": JSONValue(pair.ticket),
      ]
      if let initial { body["initial_sync"] = .string(initial) }
      let link = try await service.call("POST", "/links", .object(body))
      #expect(link.status == 201, "\(link.json)")
      try await eventually("the sides were compared") {
        try await service.call("GET", "/links/\(link.id("id"))/events").data.contains {
          $0["cause"] == "link created" && $0["decision"] != "publish_backlinks"
        }
      }
      try await service.settled()
      #expect(service.jira.statusName(of: pair.key) == ticket)
      #expect(service.sentry.status(of: pair.shortID) == sentry)
      guard initial == nil else { return }
      let events = try await service.call("GET", "/links/\(link.id("id"))/events").data
      let reason = events.compactMap { $0["reason"]?.stringValue }.joined()
      #expect(reason.contains("Linking moved nothing"))
      #expect(reason.contains("had events after the ticket was completed"))
      // A person chooses later.
      let followed = try await service.call(
        "POST", "/links/\(link.id("id"))/sync", ["follow": "sentry"])
      #expect(followed.status == 200, "\(followed.json)")
      #expect(service.jira.statusName(of: pair.key) == "To Do")
    }
  }

  @Test func `what a link shall follow is one of the known choices`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      try await service.connect()
      let pair = try await pair(service)
      let refused = try await service.call(
        "POST", "/links",
        [
          "sentry_issue_id": JSONValue(pair.issue), "jira_issue_id": JSONValue(pair.ticket),
          "initial_sync": "both",
        ])
      #expect(refused.status == 422)
      #expect(refused.json["errors"]?.arrayValue?.first?["pointer"] == "/initial_sync")
    }
  }
}

extension TestService {
  /// Until nothing is under way any more.
  func settled() async throws {
    try await eventually("everything is settled") {
      let rows = try await database.pool.query(
        """
        select (select count(*) from jobs where kind in ('sync_link', 'process_deliveries', 'publish_backlinks')
            and state in ('available', 'running', 'scheduled', 'retryable'))
          + (select count(*) from webhook_deliveries where state = 'pending')
        """)
      return try rows[0].int64(0) == 0
    }
  }
}
