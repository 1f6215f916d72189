import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct AuditTests {
  @Test func everyChangeSaysWhoMadeItAndWhatWasBefore() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let token = try await service.call("POST", "/api-tokens", ["name": "ci", "scope": "admin"])
      let product = try await service.call(
        "POST", "/products", ["name": "Shop"], token: token.text("token"),
        headers: ["X-Request-Id": "req-7"]
      ).id("id")
      _ = try await service.call("PATCH", "/products/\(product)", ["owner_team": "web"])
      _ = try await service.call("PATCH", "/products/\(product)", ["owner_team": "web"])
      _ = try await service.call("DELETE", "/products/\(product)")
      let events = try await service.call(
        "GET", "/audit-events?resource_type=product&resource_id=\(product)&sort=id"
      ).data
      #expect(events.map { $0["action"]?.stringValue } == ["created", "updated", "deleted"])
      let created = try #require(events.first)
      #expect(created["actor"] == "ci")
      #expect(created["cause"] == "api")
      #expect(created["token_id"]?.wholeNumber == token.id("id"))
      #expect(created["request_id"] == "req-7")
      #expect(created["before"] == .null)
      #expect(created["after"]?["name"] == "Shop")
      #expect(events[1]["before"] == ["owner_team": .null])
      #expect(events[1]["after"] == ["owner_team": "web"])
      #expect(events[1]["actor"] == "bootstrap")
      #expect(events[2]["before"]?["owner_team"] == "web")
    }
  }

  @Test func secretsAreNeverAuditedOnlyThatTheyChanged() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let ids = try await service.connect()
      _ = try await service.call(
        "PATCH", "/jira-organizations/\(ids.jira)", ["api_token": "another-secret-token"])
      let events = try await service.call(
        "GET", "/audit-events?resource_type=jira_organization&sort=id"
      ).data
      #expect(events.count == 2)
      #expect(events[0]["after"]?["api_token"] == "set")
      #expect(events[0]["after"]?["webhook_secret"] == "unset")
      #expect(events[1]["before"] == ["api_token": "set"])
      #expect(events[1]["after"] == ["api_token": "replaced"])
      let all = try await service.call("GET", "/audit-events?limit=200").json.encoded()
      let text = String(decoding: all, as: UTF8.self)
      #expect(!text.contains("another-secret-token"))
      #expect(!text.contains("sealed"))
      #expect(!text.contains("sha256"))
    }
  }

  @Test func `what a person does to work under way is told, what the service does is not`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      let (jira, _) = try await service.connect()
      let pool = service.database.pool
      let job = try await pool.query(
        """
        insert into jobs (kind, arguments, state, scheduled_at)
        values ('record_health', '{}', 'scheduled', now() + interval '1 day') returning id
        """)[0].int64("id")
      let run = try await pool.query(
        """
        insert into sync_runs (source, jira_organization_id) values ('jira', $1) returning id
        """, Int64(jira))[0].int64("id")
      let before = try await service.call("GET", "/audit-events?limit=200").data.count
      let cancelled = try await service.call("DELETE", "/jobs/\(job)")
      #expect(cancelled.status == 204)
      let retried = try await service.call("POST", "/jobs/\(job)/retries")
      #expect(retried.status == 202)
      let stopped = try await service.call("POST", "/sync-runs/\(run)/cancellations")
      #expect(stopped.status == 202)
      let target = try await service.call("GET", "/jira-projects?limit=1").data[0]["id"]
      let error = try await service.openError()
      let batch = try await service.call(
        "POST", "/jira-tickets",
        ["jira_project_id": target ?? .null, "sentry_issue_ids": [JSONValue(error)]])
      #expect(batch.status == 202)
      let events = try await service.call("GET", "/audit-events?limit=200&sort=id").data
        .dropFirst(before)
      let told = events.filter { $0["cause"] == "api" }.map {
        "\($0["resource_type"]?.stringValue ?? "") \($0["action"]?.stringValue ?? "")"
      }
      #expect(
        told == ["job updated", "job updated", "sync_run updated", "ticket_batch created"])
      #expect(events.allSatisfy { $0["actor"] == "bootstrap" })
    }
  }

  @Test func aRefusedChangeLeavesNoEvent() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      _ = try await service.call("POST", "/products", ["name": "Shop"])
      #expect(try await service.call("POST", "/products", ["name": "Shop"]).status == 409)
      let events = try await service.call("GET", "/audit-events?resource_type=product").data
      #expect(events.count == 1)
    }
  }
}
