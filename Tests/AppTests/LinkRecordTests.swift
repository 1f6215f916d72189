import Foundation
import JiraClient
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Links never go quiet: tickets that are deleted or moved, and links that are deleted.
@Suite struct LinkRecordTests {
  struct Made {
    var link: Int
    var issue: Int
    var short: String
    var ticket: Int
    var key: String
  }

  private func create(
    _ service: TestService, project: String = "WEB", issue: Int? = nil, _ more: JSONValue = [:]
  ) async throws -> Made {
    let found = try await service.openError()
    let issue = issue ?? found
    var body: [String: JSONValue] = [
      "jira_project_id": JSONValue(try await service.project(project))
    ]
    if case .object(let object) = more { body.merge(object) { $1 } }
    let made = try await service.call(
      "POST", "/sentry-issues/\(issue)/jira-tickets", .object(body))
    #expect(made.status == 201, "\(made.json)")
    return Made(
      link: made.id("link", "id"), issue: issue,
      short: made.text("link", "sentry_issue", "short_id"), ticket: made.id("jira_issue", "id"),
      key: made.text("jira_issue", "key"))
  }

  private func settled(_ service: TestService) async throws {
    try await eventually("everything is settled") {
      try await service.database.pool.query(
        """
        select (select count(*) from jobs where kind in ('sync_link', 'process_deliveries',
            'publish_backlinks', 'remove_backlinks')
            and state in ('available', 'running', 'scheduled', 'retryable'))
          + (select count(*) from webhook_deliveries where state = 'pending')
        """)[0].int64(0) == 0
    }
  }

  @Test(arguments: [false, true])
  func `an issue whose ticket was deleted has no ticket, and gets another`(_ inBatch: Bool)
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await create(service)
      try await settled(service)
      try await service.act(.jira, "issues/\(made.key)/delete")
      try await eventually("the link is broken") {
        try await service.call("GET", "/links/\(made.link)").text("state") == "broken"
      }
      let broken = try await service.call("GET", "/links/\(made.link)")
      #expect(broken.text("last_error") == "The ticket was deleted in Jira.")
      #expect(!broken.text("jira_issue", "deleted_at").isEmpty)
      let unlinked = try await service.call("GET", "/sentry-issues?linked=false&limit=200").data
      #expect(unlinked.contains { $0["id"]?.wholeNumber == made.issue })
      let linked = try await service.call("GET", "/sentry-issues?linked=true&limit=200").data
      #expect(!linked.contains { $0["id"]?.wholeNumber == made.issue })

      let project = JSONValue(try await service.project("WEB"))
      var next = -1
      if inBatch {
        let batch = try await service.call(
          "POST", "/jira-tickets",
          ["sentry_issue_ids": .array([JSONValue(made.issue)]), "jira_project_id": project])
        try await eventually("the batch has ended") {
          let state = try await service.call("GET", "/ticket-batches/\(batch.id("id"))")
          next = state.json["results"]?.arrayValue?.first?["link"]?["id"]?.wholeNumber ?? -1
          return state.text("status") == "succeeded"
        }
      } else {
        next = try await create(service, issue: made.issue).link
      }
      // The broken link stays as history. Should its ticket be seen again, the issue has two tickets.
      _ = try await service.database.pool.query(
        "update jira_issues set deleted_at = null where id = $1", Int64(made.ticket))
      for link in [made.link, next] {
        let state = try await service.call("GET", "/links/\(link)").text("state")
        #expect(state == "active")
      }
      // A ticket that is there is in the way, as before.
      let third = try await service.call(
        "POST", "/sentry-issues/\(made.issue)/jira-tickets", ["jira_project_id": project])
      #expect(third.status == 409)
    }
  }

  /// What is known of the project that a ticket is moved to.
  enum Target: String, Sendable, CaseIterable { case synced, notSynced, unknown }

  @Test(arguments: Target.allCases)
  func `a linked ticket is followed wherever it goes`(_ target: Target) async throws {
    try await TestService.with { service in
      let organizations = try await service.connectWebhooks()
      let made = try await create(service)
      try await settled(service)
      let app = try await service.project("APP")
      switch target {
      case .synced: break
      case .notSynced:
        _ = try await service.call("PATCH", "/jira-projects/\(app)", ["sync_enabled": false])
      case .unknown:
        _ = try await service.database.pool.query(
          "delete from jira_projects where id = $1", Int64(app))
      }
      try await service.act(.jira, "issues/\(made.key)/move", ["project": "APP"])
      try await eventually("the key is known") {
        try await service.call("GET", "/links/\(made.link)").text("jira_issue", "key")
          .hasPrefix("APP-")
      }
      let link = try await service.call("GET", "/links/\(made.link)")
      let key = link.text("jira_issue", "key")
      #expect(link.text("state") == "active")
      #expect(link.json["last_error"] == .null)
      #expect(link.text("jira_issue", "browse_url") == "\(service.jira.baseURL)/browse/\(key)")
      try await settled(service)
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the issue is resolved") {
        service.sentry.status(of: made.short) == "resolved"
      }
      try await settled(service)
      // A change that was never told is found too, and a full sync loses nothing.
      _ = try await service.sync("jira", organizations.jira)
      let ticket = try await service.call("GET", "/jira-issues/\(made.ticket)")
      #expect(ticket.text("key") == key)
      #expect(ticket.json["deleted_at"] == .null)
    }
  }

  @Test func `a ticket that no link follows stays out of projects that are not synced`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let app = try await service.project("APP")
      _ = try await service.call("PATCH", "/jira-projects/\(app)", ["sync_enabled": false])
      let web = try await service.project("WEB")
      let one = try #require(
        try await service.call("GET", "/jira-issues?jira_project_id=\(web)&limit=1").data.first)
      let (id, key) = (one["id"]?.wholeNumber ?? 0, one["key"]?.stringValue ?? "")
      try await service.act(.jira, "issues/\(key)/move", ["project": "APP"])
      try await eventually("the delivery was looked at") {
        try await service.call("GET", "/webhook-deliveries?state=ignored").data.contains {
          $0["reason"]?.stringValue?.contains("is not synced") == true
        }
      }
      let ticket = try await service.call("GET", "/jira-issues/\(id)")
      #expect(ticket.text("key") == key)
    }
  }

  @Test func `a ticket that moves to where its issue has another one takes its link along`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let first = try await create(service)
      _ = try await create(service, project: "APP", issue: first.issue)
      try await settled(service)
      try await service.act(.jira, "issues/\(first.key)/move", ["project": "APP"])
      try await eventually("the key is known") {
        try await service.call("GET", "/links/\(first.link)").text("jira_issue", "key")
          .hasPrefix("APP-")
      }
      let active = try await service.call("GET", "/links?state=active").data
      #expect(active.count == 2)
    }
  }

  @Test(arguments: [false, true])
  func `deleting a link takes away what it published, and nothing else`(_ isMoved: Bool)
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await create(service)
      try await settled(service)
      try await service.act(
        .sentry, "issues/\(made.short)/app-issues",
        ["app": "planner", "url": "https://planner.example/1", "name": "PLAN#1"])
      let organization = try await service.services.jiraOrganizations.organizations(named: nil)[0]
      try await service.services.jiraClients.client(of: organization).upsertRemoteLink(
        made.key, .init(globalID: "wiki:1", url: "https://wiki.example/1", title: "Notes"))
      #expect(service.jira.remoteLinks(of: made.key).count == 2)
      #expect(service.sentry.mentions(at: made.short).count == 2)
      if isMoved {
        try await service.act(.jira, "issues/\(made.key)/move", ["project": "APP"])
        try await settled(service)
      }
      let deleted = try await service.call("DELETE", "/links/\(made.link)")
      #expect(deleted.status == 204)
      try await settled(service)
      #expect(service.jira.remoteLinks(of: made.key) == ["https://wiki.example/1"])
      #expect(service.sentry.mentions(at: made.short) == ["https://planner.example/1"])
      // The timeline went with the link: the issues' audit says what was done.
      for (type, id, member) in [
        ("jira_issue", made.ticket, "remote_link"), ("sentry_issue", made.issue, "external_issue"),
      ] {
        let events = try await service.call(
          "GET", "/audit-events?resource_type=\(type)&resource_id=\(id)"
        ).data
        #expect(events.contains { $0["after"]?[member] == .null }, "\(events)")
      }
    }
  }

  @Test func `of two tickets of an issue each takes away its own`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let first = try await create(service)
      try await settled(service)
      let second = try await create(service, project: "APP", issue: first.issue)
      try await settled(service)
      // Sentry shows one per integration; a comment names the other.
      func address(_ made: Made) -> String { "\(service.jira.baseURL)/browse/\(made.key)" }
      func external() -> [String] {
        service.sentry.mentions(at: first.short).filter { $0.hasPrefix("http") }
      }
      #expect(external() == [address(first)])
      _ = try await service.call("DELETE", "/links/\(first.link)")
      #expect(service.jira.remoteLinks(of: second.key).count == 1)
      // The place is free for the ticket that is left.
      try await eventually("the second is shown") { external() == [address(second)] }
      try await settled(service)
      #expect(service.jira.remoteLinks(of: first.key).isEmpty)
      #expect(service.jira.remoteLinks(of: second.key).count == 1)
      _ = try await service.call("DELETE", "/links/\(second.link)")
      try await settled(service)
      #expect(external().isEmpty)
    }
  }

  @Test func `a deleted link that is made again keeps what it shows`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await create(service)
      try await settled(service)
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      _ = try await service.call("DELETE", "/links/\(made.link)")
      try await eventually("the removal waits for another attempt") {
        try await service.call("GET", "/jobs?kind=remove_backlinks").data.first?["state"]
          == "retryable"
      }
      service.jira.faults = SandboxFaults()
      _ = try await service.call(
        "POST", "/links",
        ["sentry_issue_id": JSONValue(made.issue), "jira_issue_id": JSONValue(made.ticket)])
      let job = try #require(
        try await service.call("GET", "/jobs?kind=remove_backlinks").data.first?["id"]?.wholeNumber)
      _ = try await service.call("POST", "/jobs/\(job)/retries")
      try await settled(service)
      #expect(service.jira.remoteLinks(of: made.key).count == 1)
      #expect(service.sentry.mentions(at: made.short).count == 1)
    }
  }
}
