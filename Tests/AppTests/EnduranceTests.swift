import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// scripts/soak in small.
@Suite struct EnduranceTests {
  private func settled(_ service: TestService) async throws {
    try await eventually("everything is settled", within: .seconds(180)) {
      let rows = try await service.database.pool.query(
        """
        select (select count(*) from jobs where kind in
            ('sync_link', 'process_deliveries', 'publish_backlinks', 'create_tickets')
            and state in ('available', 'running', 'scheduled', 'retryable'))
          + (select count(*) from webhook_deliveries where state = 'pending')
        """)
      return try rows[0].int64(0) == 0
    }
  }

  private func openErrors(_ service: TestService, _ count: Int) async throws -> [JSONValue] {
    try await service.call("GET", "/sentry-issues?status=unresolved&linked=false&limit=\(count)")
      .data.compactMap { $0["id"] }
  }

  @Test func `lost answers, refusals and a lagging index make no twin and lose no ticket`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 60, indexLag: .milliseconds(700)) { service in
      try await service.connect()
      let errors = try await openErrors(service, 16)
      let before = service.jira.issueCount
      var faults = SandboxFaults()
      faults.lostResponse = 0.2
      faults.serverError = 0.1
      faults.only = "POST rest/api/3/issue"
      faults.seed = 3
      service.jira.faults = faults
      let batch = try await service.call(
        "POST", "/jira-tickets",
        [
          "jira_project_id": JSONValue(try await service.project("WEB")),
          "sentry_issue_ids": .array(errors),
        ])
      #expect(batch.status == 202)
      try await eventually("the batch is done", within: .seconds(90)) {
        try await service.call("GET", "/ticket-batches/\(batch.id("id"))").text("status")
          == "succeeded"
      }
      #expect(service.jira.stats.faults.count == 2)
      #expect(service.jira.issueCount == before + errors.count)
      let links = try await service.call("GET", "/links?state=active&limit=200").data
      #expect(Set(links.compactMap { $0["sentry_issue_id"]?.wholeNumber }).count == errors.count)
    }
  }

  @Test
  func `after a storm of changes and bad webhooks both sides agree, and nothing was moved in vain`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 60) { service in
      try await service.connectWebhooks()
      let errors = try await openErrors(service, 10)
      _ = try await service.call(
        "POST", "/jira-tickets",
        [
          "jira_project_id": JSONValue(try await service.project("WEB")),
          "sentry_issue_ids": .array(errors),
        ])
      try await settled(service)
      let links = try await service.call("GET", "/links?state=active").data
      #expect(links.count == errors.count)
      var chaos = WebhookChaos()
      chaos.drop = 0.1
      chaos.duplicate = 0.2
      chaos.shuffleMilliseconds = 300
      service.jira.webhookChaos = chaos
      service.sentry.webhookChaos = chaos
      var asked: [Int: (jira: Int, sentry: Int)] = [:]
      for _ in 0..<120 {
        let link = try #require(links.randomElement())
        let id = link["id"]?.wholeNumber ?? 0
        if Bool.random() {
          asked[id, default: (0, 0)].jira += 1
          let key = link["jira_issue"]?["key"]?.stringValue ?? ""
          let status = ["To Do", "In Progress", "Done"].randomElement() ?? "Done"
          try await service.act(.jira, "issues/\(key)/transition", ["to": .string(status)])
        } else {
          asked[id, default: (0, 0)].sentry += 1
          let short = link["sentry_issue"]?["short_id"]?.stringValue ?? ""
          let status = ["resolved", "unresolved"].randomElement() ?? "resolved"
          try await service.act(.sentry, "issues/\(short)/status", ["status": .string(status)])
        }
      }
      try await settled(service)
      try await service.reconcile()
      try await settled(service)
      for link in links {
        let id = link["id"]?.wholeNumber ?? 0
        let key = link["jira_issue"]?["key"]?.stringValue ?? ""
        let short = link["sentry_issue"]?["short_id"]?.stringValue ?? ""
        let isDone = service.jira.statusName(of: key) == "Done"
        #expect(isDone == (service.sentry.status(of: short) == "resolved"), "\(key) and \(short)")
        let events = try await service.call("GET", "/links/\(id)/events?outcome=applied&limit=200")
        let names = events.data.compactMap { $0["decision"]?.stringValue }
        #expect(names.count { $0.hasSuffix("_ticket") } <= asked[id]?.sentry ?? 0)
        #expect(names.count { $0.hasSuffix("_sentry") } <= asked[id]?.jira ?? 0)
      }
    }
  }

  @Test func `what a process that died had leased is processed by another`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      // As after a kill -9: leased, its job gone, its lease over.
      _ = try await service.database.pool.query(
        """
        insert into webhook_deliveries (source, jira_organization_id, delivery_key, event, headers,
          body, attempts, next_attempt_at)
        values ('jira', $1, 'left', 'jira:issue_updated', '{}', '{"issue":{"key":"WEB-1"}}', 1, now())
        """, Int64(organizations.jira))
      try await eventually("it is processed") {
        try await service.call("GET", "/webhook-deliveries?state=processed").data.count == 1
      }
    }
  }

  @Test func `a reservation whose process never asked Jira is given back`() async throws {
    try await TestService.with(projects: 1, issues: 10) { service in
      try await service.connect()
      let error = try await service.openError()
      let project = try await service.project("WEB")
      _ = try await service.database.pool.query(
        """
        with made as (
          insert into links (sentry_issue_id, jira_project_id, link_type, state, created_by)
          values ($1, $2, 'automatic', 'pending', 'nobody') returning id)
        insert into jobs (kind, arguments, state)
        select 'settle_ticket', jsonb_build_object('linkID', id), 'available' from made
        """, Int64(error), Int64(project))
      try await eventually("the reservation is gone") {
        try await service.call("GET", "/links?state=pending").data.isEmpty
      }
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      #expect(made.status == 201)
    }
  }
}
