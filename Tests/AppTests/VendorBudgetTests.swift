import Foundation
import JiraClient
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct VendorBudgetTests {
  @Test func `a Retry-After that one process is told holds the others to the second`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 1) { service in
      let id = Int64(try await service.addJira())
      var faults = SandboxFaults()
      faults.rateLimited = 1
      faults.retryAfterSeconds = 3
      faults.only = "serverInfo"
      service.jira.faults = faults
      // Two clients of one account that share nothing but the database, as two processes do.
      func client() throws -> JiraClient {
        try JiraClient(
          site: JiraSite(
            baseURL: service.jira.baseURL, username: service.jira.configuration.username,
            apiToken: service.jira.configuration.apiToken),
          transport: try CurlTransport(policy: nil),
          retry: RetryPolicy(attempts: 1),
          observer: VendorObserver(
            .jira(id), VendorBudgetStore(pool: service.services.pool), PrometheusMetrics()))
      }
      let (first, second) = (try client(), try client())
      let asked = Date()
      await #expect(throws: RESTError.self) { try await first.serverInfo() }
      service.jira.faults = SandboxFaults()
      let organization = try await service.call("GET", "/jira-organizations/\(id)")
      let budget = try #require(organization.json["rate_budget"])
      #expect(budget["held_until"] != .null)
      #expect(budget["endpoints"]?.arrayValue?.first?["endpoint"] == .string("GET serverInfo"))
      try await VendorPatience.$current.withValue(.forEachRequest(.seconds(10))) {
        _ = try await second.serverInfo()
      }
      #expect(-asked.timeIntervalSinceNow >= 3)
      #expect(service.jira.stats.impatientRequests == 0)
      // Another endpoint has a budget of its own.
      service.jira.resetStats()
      _ = try await first.myself()
    }
  }

  @Test func `the budget of the vendor's headers is shown, and is no part of the entity tag`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      let path = "/sentry-organizations/\(ids.sentry)"
      let before = try await service.call("GET", path)
      let endpoints = before.json["rate_budget"]?["endpoints"]?.arrayValue ?? []
      let issues = try #require(endpoints.first { $0["endpoint"] == .string("GET issues") })
      #expect(issues["limit"] == .integer(40))
      try await service.database.pool.query("update vendor_budgets set remaining = 7")
      let after = try await service.call("GET", path)
      #expect(after.json["rate_budget"] != before.json["rate_budget"])
      #expect(after.headerFields["etag"] == before.headerFields["etag"])
      let changed = try await service.call(
        "PATCH", path, .object(["sync_interval_minutes": .integer(60)]),
        headers: ["If-Match": before.headerFields["etag"] ?? ""])
      #expect(changed.status == 200)
      #expect(changed.headerFields["etag"] != before.headerFields["etag"])
      let list = try await service.call("GET", "/sentry-organizations")
      #expect(list.data.first?["rate_budget"]?["endpoints"]?.arrayValue?.isEmpty == false)
    }
  }
}
