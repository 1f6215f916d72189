import Foundation
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// Limits and conflicts of the vendors, as people and syncs meet them.
@Suite struct VendorLimitTests {
  private func limited(_ retryAfter: String?, times: Int, only: String) -> SandboxFaults {
    var faults = SandboxFaults()
    faults.rateLimited = 1
    faults.retryAfter = retryAfter
    faults.times = times
    faults.only = only
    return faults
  }

  @Test(arguments: ["0", nil])
  func `six refusals in a row that state no time end in a sync that succeeds`(
    retryAfter: String?
  ) async throws {
    try await TestService.with(projects: 1, issues: 30) { service in
      let id = try await service.addJira()
      service.jira.faults = limited(retryAfter, times: 6, only: "search/jql")
      let start = ContinuousClock.now
      let run = try await service.sync("jira", id)
      #expect(run.text("status") == "succeeded", "\(run.json)")
      #expect(service.jira.stats.faults == ["rateLimited": 6])
      #expect(ContinuousClock.now - start >= .seconds(20))
      #expect(run.id("issues_created") == 30)
    }
  }

  @Test func `whoever waits for an answer hears of a limit within two seconds`() async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let issue = try #require(
        try await service.call("GET", "/jira-issues?limit=1").data.first)
      let path = "/jira-issues/\(issue["id"]?.wholeNumber ?? 0)/transitions"
      service.jira.faults = limited("45", times: 9, only: "transitions")
      let start = ContinuousClock.now
      let refused = try await service.call("POST", path, ["to_status": "Done"])
      #expect(ContinuousClock.now - start < .seconds(4))
      #expect(refused.status == 503, "\(refused.json)")
      #expect(refused.json["vendor"]?["status"] == 429)
      let seconds = refused.headerFields["retry-after"].flatMap { Int($0) } ?? 0
      #expect((40...45).contains(seconds))
    }
  }

  @Test func `a short limit is waited out by whoever waits for an answer`() async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let issue = try #require(
        try await service.call("GET", "/jira-issues?limit=1").data.first)
      let path = "/jira-issues/\(issue["id"]?.wholeNumber ?? 0)/transitions"
      service.jira.faults = limited("1", times: 1, only: "POST .*transitions")
      let moved = try await service.call("POST", path, ["to_status": "Done"])
      #expect(moved.status == 200, "\(moved.json)")
    }
  }

  @Test(arguments: [
    "99999999999999999999", "inf", "nan", "1e300", "-7", "9223372036854775808", "1796032830000",
    "Mon, 30 Nov 2020 10:00:00 GMT",
  ])
  func `a time that makes no sense stops neither the service nor the request`(
    retryAfter: String
  ) async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      var faults = limited(retryAfter, times: 1, only: "PUT|transitions")
      faults.limitFields = [
        "X-Sentry-Rate-Limit-Remaining": ["99999999999999999999", "-1"],
        "X-RateLimit-Reset": ["1e300"], "X-RateLimit-Limit": ["nan"],
      ]
      service.sentry.faults = faults
      let error = try await service.openError()
      let changed = try await service.call(
        "PATCH", "/sentry-issues/\(error)", ["status": "resolved"])
      // A point in time may lie ahead; nothing else that is stated holds anything.
      if retryAfter == "1796032830000" {
        #expect([200, 503].contains(changed.status), "\(changed.json)")
      } else {
        #expect(changed.status == 200, "\(changed.json)")
      }
    }
  }

  @Test func `a conflict with another change is waited out, for a transition and for an edit`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let issue = try #require(
        try await service.call("GET", "/jira-issues?limit=1").data.first)
      let path = "/jira-issues/\(issue["id"]?.wholeNumber ?? 0)"
      func conflicts(_ only: String) {
        var faults = SandboxFaults()
        faults.conflict = 1
        faults.times = 2
        faults.only = only
        service.jira.faults = faults
      }
      conflicts("POST .*/transitions$")
      let moved = try await service.call(
        "POST", path + "/transitions", ["to_status": "Done"])
      #expect(moved.status == 200, "\(moved.json)")
      conflicts("^PUT /rest/api/3/issue/[0-9]+$")
      let changed = try await service.call("PATCH", path, ["summary": "Pay again"])
      #expect(changed.status == 200, "\(changed.json)")
      #expect(service.jira.stats.faults == ["conflict": 4])
    }
  }

  @Test func `a job that a limit stops goes on when it ends, without a failed attempt`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      service.jira.faults = limited("4", times: 1, only: "remotelink")
      let (error, project) = (try await service.openError(), try await service.project("WEB"))
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      try await eventually("the remote link is there") {
        service.jira.remoteLinks(of: made.text("jira_issue", "key")).count == 1
      }
      let jobs = try await service.database.pool.query(
        "select jsonb_array_length(errors) as failed from jobs where kind = 'publish_backlinks'")
      #expect(try jobs.map { try $0.int("failed") } == [0])
    }
  }
}
