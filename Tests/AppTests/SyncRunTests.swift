import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct SyncRunTests {
  @Test func `a run can be followed until it ends`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 150
      service.jira.faults = faults
      let run = try await service.call("POST", "/jira-organizations/\(ids.jira)/sync-runs")
      let text = try await service.text("/sync-runs/\(run.id("id"))/events")
      let events = text.split(separator: "\n\n").map { $0.split(separator: "\n") }
      #expect(events.count > 2, "\(text)")
      #expect(events.allSatisfy { $0.count == 2 && $0[1].hasPrefix("data: {") })
      #expect(events.dropLast().allSatisfy { $0[0] == "event: progress" })
      let last = try #require(events.last)
      #expect(last[0] == "event: end")
      let state = try JSONValue(parsing: Array(last[1].dropFirst("data: ".count).utf8))
      #expect(state["status"] == .string("succeeded"))
      #expect(state["progress"]?["done"] == state["progress"]?["total"])
      let missing = try await service.call("GET", "/sync-runs/999999/events")
      #expect(missing.status == 404)
    }
  }

  @Test func `a run stops at its next page when asked, and what is stored stays`() async throws {
    try await TestService.with(projects: 2, issues: 900) { service in
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 200
      service.jira.faults = faults
      let id = try await service.addJira()
      let run = try await service.call(
        "POST", "/jira-organizations/\(id)/sync-runs"
      ).id("id")
      try await eventually("issues are stored") {
        try await service.call("GET", "/sync-runs/\(run)").id("issues_seen") > 0
      }
      let asked = try await service.call("POST", "/sync-runs/\(run)/cancellations")
      #expect(asked.status == 202)
      #expect(asked.headerFields["location"] == "/api/v1/sync-runs/\(run)")
      let ended = try await service.finished(run: run)
      #expect(ended.text("status") == "cancelled")
      #expect((1..<900).contains(ended.id("issues_seen")))
      let stored = try await service.database.pool.query("select count(*) as n from jira_issues")
      #expect(try stored[0].int("n") == ended.id("issues_created"))
      let again = try await service.call("POST", "/sync-runs/\(run)/cancellations")
      #expect(again.status == 409)
    }
  }

  @Test func `a run whose process died is taken up again`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let request = SyncRunRequest(
        source: .jira(Int64(ids.jira)), full: true, trigger: "cli", dryRun: false, force: false,
        projectKeys: [])
      let run = try await service.services.syncRuns.begin(request)
      try await service.database.pool.query(
        """
        update sync_runs set status = 'running', heartbeat_at = now() - interval '2 minutes'
        where id = $1
        """, run)
      try await service.services.syncRuns.startDue()
      #expect(try await service.finished(run: Int(run)).text("status") == "succeeded")
    }
  }

  @Test func `a run that was to stop when its process died asks for nothing more`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      for (source, vendor) in [
        (SyncSource.jira(Int64(ids.jira)), "jira"), (.sentry(Int64(ids.sentry)), "sentry"),
      ] {
        let request = SyncRunRequest(
          source: source, full: false, trigger: "cli", dryRun: false, force: false, projectKeys: [])
        let run = try await service.services.syncRuns.begin(request)
        try await service.database.pool.query(
          "update sync_runs set status = 'running', cancel_requested = true where id = $1", run)
        service.jira.resetStats()
        service.sentry.resetStats()
        try await service.services.syncRuns.performHere(run)
        let ended = try await service.finished(run: Int(run))
        #expect(ended.text("status") == "cancelled", "\(vendor)")
        #expect(service.jira.stats.total + service.sentry.stats.total == 0, "\(vendor)")
      }
    }
  }

  @Test func `a dead run does not stand in the way of a new one`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let request = SyncRunRequest(
        source: .sentry(Int64(ids.sentry)), full: true, trigger: "cli", dryRun: false,
        force: false, projectKeys: [])
      let dead = try await service.services.syncRuns.begin(request)
      let refused = try await service.sync("sentry", ids.sentry)
      #expect(refused.status == 409)
      try await service.database.pool.query(
        "update sync_runs set created_at = now() - interval '2 minutes' where id = $1", dead)
      #expect(try await service.sync("sentry", ids.sentry).text("status") == "succeeded")
      let buried = try await service.call("GET", "/sync-runs/\(dead)")
      #expect(buried.text("status") == "failed")
      #expect(buried.json["errors"]?.arrayValue?.count == 1)
    }
  }
}
