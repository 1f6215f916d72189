import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// One after another: each has a service of its own at work.
@Suite(.serialized) struct SyncFaultTests {
  enum PageFault: CaseIterable, Sendable {
    case expiredToken, repeatedPage, emptyPage

    func faults(_ share: Double) -> SandboxFaults {
      var faults = SandboxFaults()
      faults.seed = 5
      switch self {
      case .expiredToken: faults.expiredToken = share
      case .repeatedPage: faults.repeatedPage = share
      case .emptyPage: faults.emptyPage = share
      }
      return faults
    }
  }

  /// What Jira has and what is stored, as `id key summary status`.
  private func truth(_ service: TestService) -> Set<String> {
    service.jira.state.withLock { state in
      Set(
        state.issues.values.map { "\($0.id) \($0.key) \($0.summary) \(state.status(of: $0).name)" })
    }
  }

  private func copy(_ service: TestService) async throws -> Set<String> {
    let rows = try await service.database.pool.query(
      """
      select jira_id || ' ' || key || ' ' || summary || ' ' || status as line from jira_issues
      where deleted_at is null
      """)
    return Set(try rows.map { try $0.text("line") })
  }

  @Test(arguments: PageFault.allCases)
  func `a copy equals the truth in spite of pages that go wrong`(
    _ fault: PageFault
  ) async throws {
    try await TestService.with(projects: 2, issues: 600) { service in
      let id = try await service.addJira()
      service.jira.faults = fault.faults(fault == .expiredToken ? 0.15 : 0.4)
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      #expect(try await copy(service) == truth(service))
    }
  }

  @Test(arguments: PageFault.allCases)
  func `pages that never come right end the run with an error that says where`(
    _ fault: PageFault
  ) async throws {
    try await TestService.with(projects: 2, issues: 250) { service in
      let id = try await service.addJira()
      service.jira.faults = fault.faults(1)
      service.jira.resetStats()
      let run = try await service.sync("jira", id)
      #expect(run.text("status") == "failed")
      let errors = run.json["errors"]?.arrayValue ?? []
      #expect(Set(errors.compactMap { $0["project"]?.stringValue }) == ["APP", "WEB"])
      let detail = errors.first?["detail"]?.stringValue ?? ""
      #expect(detail.contains("page"), "\(detail)")
      #expect(service.jira.stats.total < 50)
      // Not taken for whole: the next sync reads everything again.
      service.jira.faults = SandboxFaults()
      #expect(
        try await service.sync("jira", id, .object([:])).text("status") == "succeeded")
      #expect(try await copy(service) == truth(service))
    }
  }

  @Test func `a run that died goes on after its last stored page`() async throws {
    try await TestService.with(projects: 1, issues: 1000) { service in
      let id = try await service.addJira()
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 60
      service.jira.faults = faults
      let runs = service.services.syncRuns
      let run = try await runs.begin(
        SyncRunRequest(
          source: .jira(Int64(id)), full: true, trigger: "cli", dryRun: false, force: false,
          projectKeys: []))
      let work = Task { try await runs.perform(run) }
      try await eventually("four pages are stored", within: .seconds(60)) {
        try await service.database.pool.query("select count(*) as n from jira_issues")[0]
          .int("n") >= 400
      }
      work.cancel()
      _ = await work.result
      let stored = try await service.database.pool.query("select count(*) as n from jira_issues")[0]
        .int("n")
      #expect(stored < 1000)
      service.jira.faults = SandboxFaults()
      service.jira.resetStats()
      // Deleted on the part that was read already: the copy must follow nevertheless.
      let gone = try #require(
        service.jira.state.withLock { $0.issues.values.max { $0.updated < $1.updated } })
      service.jira.state.withLock { $0.delete(gone.id) }
      try await runs.perform(run)
      let ended = try await service.call("GET", "/sync-runs/\(run)")
      #expect(ended.text("status") == "succeeded")
      #expect(ended.id("issues_created") >= 1000)
      #expect(ended.id("issues_deleted") == 1)
      let searches = service.jira.stats.requests["POST rest/api/3/search/jql", default: 0]
      #expect(searches <= (1000 - stored) / 100 + 2, "\(searches) searches after \(stored) issues")
      #expect(try await copy(service) == truth(service))
    }
  }

  @Test func `a copy equals the truth with a third of all answers faulty`() async throws {
    try await TestService.with(projects: 3, issues: 600, vendorTimeout: .seconds(3)) { service in
      var faults = SandboxFaults()
      faults.rateLimited = 0.06
      faults.retryAfterSeconds = 1
      faults.serverError = 0.08
      faults.reset = 0.08
      faults.truncated = 0.06
      faults.stalled = 0.02
      faults.seed = 11
      service.jira.faults = faults
      service.sentry.faults = faults
      let ids = try await service.connect(settled: true)
      #expect(try await copy(service) == truth(service))
      let sentry = try await service.database.pool.query(
        "select count(*) as n from sentry_issues where deleted_at is null")
      #expect(try sentry[0].int("n") == 600)
      #expect(service.jira.stats.impatientRequests == 0)
      #expect(service.sentry.stats.impatientRequests == 0)
      #expect(ids.jira > 0)
    }
  }
}
