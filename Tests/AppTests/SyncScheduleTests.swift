import Foundation
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct SyncScheduleTests {
  /// Runs with the trigger `schedule`, oldest first.
  private func scheduled(_ service: TestService) async throws -> [JSONValue] {
    try await service.call("GET", "/sync-runs?limit=200&sort=id").data
      .filter { $0["trigger"] == .string("schedule") }
  }

  /// Makes all runs begin earlier than they did.
  private func age(_ service: TestService, hours: Int) async throws {
    try await service.database.pool.query(
      "update sync_runs set created_at = created_at - make_interval(hours => $1::bigint::int)",
      hours)
  }

  @Test func `an organization is synced at its interval, within a twentieth, and a late one once`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.text("sync_state") == "scheduled")
      let next = try #require(VendorTimestamp.parse(organization.text("next_sync_at")))
      #expect((341.0...379.0).contains(next.timeIntervalSinceNow / 60))
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).isEmpty)

      try await age(service, hours: 24)
      try await service.services.syncRuns.startDue()
      try await service.services.syncRuns.startDue()
      let runs = try await scheduled(service)
      #expect(runs.count == 2)
      #expect(Set(runs.compactMap { $0["source"]?.stringValue }) == ["jira", "sentry"])
      for run in runs {
        let ended = try await service.finished(run: run["id"]?.wholeNumber ?? -1)
        #expect(ended.text("status") == "succeeded")
        #expect(ended.text("mode") == "incremental")
      }
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).count == 2)
    }
  }

  @Test func `a changed interval holds at once`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      try await age(service, hours: 1)
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).isEmpty)
      _ = try await service.call(
        "PATCH", "/sentry-organizations/\(ids.sentry)",
        .object(["sync_interval_minutes": .integer(30)]))
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).map { $0["source"] } == [.string("sentry")])
    }
  }

  @Test func `a run in the way is waited for`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      try await age(service, hours: 24)
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 300
      service.jira.faults = faults
      let body = JSONValue.object(["project_keys": .array([.string("WEB")])])
      let some = try await service.call("POST", "/jira-organizations/\(ids.jira)/sync-runs", body)
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).map { $0["source"] } == [.string("sentry")])
      _ = try await service.finished(run: some.id("id"))
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).count == 2)
    }
  }

  @Test func `nothing is synced by itself where sync is off`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      try await age(service, hours: 24)
      _ = try await service.call(
        "PATCH", "/sentry-organizations/\(ids.sentry)", .object(["sync_enabled": .bool(false)]))
      let off = try await service.call(
        "PATCH", "/jira-organizations/\(ids.jira)", .object(["sync_enabled": .bool(false)]))
      #expect(off.text("sync_state") == "disabled")
      #expect(off.json["next_sync_at"] == .null)
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).isEmpty)

      _ = try await service.call(
        "PATCH", "/jira-organizations/\(ids.jira)", .object(["sync_enabled": .bool(true)]))
      let project = try await service.project("WEB")
      _ = try await service.call(
        "PATCH", "/jira-projects/\(project)", .object(["sync_enabled": .bool(false)]))
      try await service.services.syncRuns.startDue()
      let run = try #require(try await scheduled(service).first?["id"]?.wholeNumber)
      #expect(try await service.finished(run: run).id("projects_synced") == 2)
    }
  }

  @Test func `refused credentials pause an organization until there are new ones`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let path = "/jira-organizations/\(ids.jira)"
      _ = try await service.call("PATCH", path, .object(["api_token": .string("wrong-token")]))
      #expect(try await service.sync("jira", ids.jira).text("status") == "failed")
      let paused = try await service.call("GET", path)
      #expect(paused.text("sync_state") == "paused")
      #expect(paused.json["next_sync_at"] == .null)
      #expect(paused.text("connection_error").contains("Check that username is"))
      try await age(service, hours: 240)
      service.jira.resetStats()
      try await service.services.syncRuns.startDue()
      #expect(try await scheduled(service).map { $0["source"] } == [.string("sentry")])
      #expect(service.jira.stats.total == 0)

      let mended = try await service.call(
        "PATCH", path, .object(["api_token": .string(service.jira.configuration.apiToken)]))
      #expect(mended.text("sync_state") == "scheduled")
      try await service.services.syncRuns.startDue()
      let run = try #require(
        try await scheduled(service).first { $0["source"] == .string("jira") }?["id"]?.wholeNumber)
      #expect(try await service.finished(run: run).text("status") == "succeeded")
    }
  }

  @Test func `credentials that are refused in the middle of a run end it`() async throws {
    try await TestService.with(projects: 12, issues: 120) { service in
      let ids = try await service.connect()
      var faults = SandboxFaults()
      faults.unauthorized = 1
      faults.only = "search"
      service.jira.faults = faults
      service.jira.resetStats()
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "failed")
      #expect(service.jira.stats.requests["POST rest/api/3/search/jql", default: 0] < 12)
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.text("connection_status") == "unauthorized")
    }
  }
}
