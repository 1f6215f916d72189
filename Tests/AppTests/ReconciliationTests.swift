import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

extension TestService {
  /// A drift check of all links, done here.
  ///
  /// - Returns: the run.
  @discardableResult
  func reconcile(_ scope: ReconciliationScope = .init()) async throws -> Answer {
    let id = try await services.reconciliation.beginHere(scope)
    try await services.reconciliation.perform(id)
    return try await call("GET", "/sync-runs/\(id)")
  }

  /// A ticket for the first open error, through the API.
  func ticket() async throws -> (link: Int, key: String, short: String) {
    let error = try await openError()
    let made = try await call(
      "POST", "/sentry-issues/\(error)/jira-tickets",
      ["jira_project_id": JSONValue(try await project("WEB"))])
    return (
      made.id("link", "id"), made.text("jira_issue", "key"),
      made.text("link", "sentry_issue", "short_id")
    )
  }
}

/// Without any webhook: what the drift check finds by itself.
@Suite struct ReconciliationTests {
  private func check(_ service: TestService, until what: String, _ holds: () async throws -> Bool)
    async throws
  {
    try await eventually(what) {
      _ = try await service.reconcile()
      return try await holds()
    }
  }

  @Test func `changes that nobody told are found and carried over`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let done = try await service.ticket()
      let resolved = try await service.ticket()
      try await service.act(.jira, "issues/\(done.key)/transition", ["to": "Done"])
      try await service.act(.sentry, "issues/\(resolved.short)/status", ["status": "resolved"])
      try await check(service, until: "both links agree") {
        service.sentry.status(of: done.short) == "resolved"
          && service.jira.statusName(of: resolved.key) == "Done"
      }
      let run = try #require(
        try await service.call("GET", "/sync-runs?source=links&status=succeeded").data.first {
          $0["links_synced"]?.wholeNumber == 2
        })
      #expect(run["organization_id"] == JSONValue.null)
      for link in [done.link, resolved.link] {
        try await eventually("the timeline tells of it") {
          try await service.call("GET", "/links/\(link)/events").data.contains {
            $0["outcome"] == "applied"
          }
        }
      }
      try await eventually("each side shows the other") {
        try await service.database.pool.query(
          """
          select id from jobs where kind = 'publish_backlinks'
            and state in ('available', 'running', 'scheduled', 'retryable')
          """
        ).isEmpty
      }
      // What agrees is left alone.
      service.jira.resetStats()
      service.sentry.resetStats()
      try await service.reconcile()
      #expect(service.jira.stats.writes == 0)
      #expect(service.sentry.stats.writes == 0)
      #expect(service.jira.stats.total == 1)
    }
  }

  @Test func `a ticket deleted in silence breaks its link`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      try await service.act(.jira, "issues/\(made.key)/delete")
      try await check(service, until: "the link is broken") {
        try await service.call("GET", "/links/\(made.link)").text("state") == "broken"
      }
    }
  }

  @Test func `links go with an issue that was merged into another`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      let other = try #require(
        try await service.call("GET", "/sentry-issues?status=unresolved&linked=false").data.first)
      let short = other["short_id"]?.stringValue ?? ""
      try await service.act(.sentry, "issues/\(made.short)/merge", ["into": .string(short)])
      try await check(service, until: "the link follows") {
        try await service.call("GET", "/links/\(made.link)").text("sentry_issue", "short_id")
          == short
      }
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await check(service, until: "the other issue is resolved") {
        service.sentry.status(of: short) == "resolved"
      }
    }
  }

  @Test func `a vendor that is down breaks no link, and the run says so`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      try await check(service, until: "the failure is told") {
        let runs = try await service.call("GET", "/sync-runs?source=links&status=failed").data
        return runs.first?["errors"]?.arrayValue?.first?["detail"]?.stringValue?
          .contains("jira organization") == true
      }
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")
    }
  }
}
