import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct SyncTests {
  @Test func `a second full sync with nothing changed writes no issue`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      func written() async throws -> String {
        try await service.database.pool.query(
          "select string_agg(xmin::text, ',' order by id) as x from jira_issues")[0].text("x")
      }
      let before = try await written()
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "succeeded")
      #expect(run.id("issues_seen") == 60)
      #expect(run.id("issues_unchanged") == 60)
      #expect(run.id("issues_created") == 0)
      #expect(try await written() == before)
      let sentry = try await service.sync("sentry", ids.sentry)
      #expect(sentry.id("issues_unchanged") == 60)
    }
  }

  @Test func `an issue deleted in Jira becomes a tombstone, a moved one keeps its id`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      func only(_ key: String) async throws -> Int {
        try await service.call("GET", "/jira-issues?key=\(key)").data.first?["id"]?.wholeNumber
          ?? -1
      }
      let moved = try await only("WEB-1")
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-1") })
      let target = try #require(service.jira.state.withLock { $0.project("APP") })
      service.jira.state.withLock { $0.move(issue.id, to: target.id) }
      let deleted = try await only("WEB-2")
      let gone = try #require(service.jira.state.withLock { $0.issue("WEB-2") })
      service.jira.state.withLock { $0.delete(gone.id) }

      let run = try await service.sync("jira", ids.jira)
      #expect(run.id("issues_deleted") == 1)
      let after = try await service.call("GET", "/jira-issues/\(moved)")
      #expect(after.text("key").hasPrefix("APP-"))
      let tombstone = try await service.call("GET", "/jira-issues/\(deleted)")
      #expect(tombstone.json["deleted_at"] != .null)
      #expect(try await service.call("GET", "/jira-issues?key=WEB-2").data.isEmpty)
    }
  }

  @Test func `counts follow the issues`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let gone = try #require(service.jira.state.withLock { $0.issue("WEB-3") })
      service.jira.state.withLock { $0.delete(gone.id) }
      _ = try await service.sync("jira", ids.jira)
      let project = try await service.call(
        "GET", "/jira-projects/\(try await service.project("WEB"))")
      #expect(project.id("issue_counts", "total") == 19)
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.id("issue_count") == 59)
      #expect(organization.id("project_count") == 3)
    }
  }

  @Test func `a dry run says what would change and writes nothing`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-1") })
      service.jira.state.withLock { $0.update(issue.id) { $0.summary = "changed" } }
      let (before, asked) = (issue.summary, service.jira.stats.total)
      service.jira.state.withLock { state in
        if let gone = state.issue("WEB-2") { state.delete(gone.id) }
        var new = issue
        new.id = 999_999
        new.key = "WEB-9999"
        state.insert(new)
      }
      let run = try await service.sync(
        "jira", ids.jira, .object(["mode": .string("full"), "dry_run": .bool(true)]))
      #expect(run.id("issues_updated") == 1)
      #expect(run.id("issues_created") == 1)
      #expect(run.id("issues_deleted") == 1)
      let plan = try #require(run.json["plan"])
      #expect(plan["requests"]?.wholeNumber == service.jira.stats.total - asked)
      let changes = plan["changes"]?.arrayValue ?? []
      func change(_ action: String) -> JSONValue? {
        changes.first { $0["action"] == .string(action) }
      }
      #expect(changes.count == 3)
      #expect(change("create")?["key"] == .string("WEB-9999"))
      #expect(change("delete")?["key"] == .string("WEB-2"))
      #expect(change("update")?["key"] == .string("WEB-1"))
      let fields = change("update")?["fields"]?.arrayValue ?? []
      #expect(
        fields.first { $0["field"] == .string("summary") }
          == .object([
            "field": .string("summary"), "from": .string(before), "to": .string("changed"),
          ]))
      #expect(fields.compactMap { $0["field"]?.stringValue } == ["summary", "updated_at"])
      let stored = try await service.call("GET", "/jira-issues?key=WEB-1")
      #expect(stored.data.first?["summary"] == .string(before))
      #expect(try await service.call("GET", "/jira-issues?key=WEB-2").data.count == 1)
      #expect(try await service.call("GET", "/jira-issues?key=WEB-9999").data.isEmpty)
    }
  }

  @Test(arguments: ["jira", "sentry"])
  func `a dry run before the first sync says what it will bring, and writes nothing`(
    vendor: String
  ) async throws {
    try await TestService.with { service in
      let ids = try await (jira: service.addJira(), sentry: service.addSentry())
      let organization = vendor == "jira" ? ids.jira : ids.sentry
      let full: JSONValue = ["mode": "full", "dry_run": true]
      let run = try await service.sync(vendor, organization, full)
      let changes = run.json["plan"]?["changes"]?.arrayValue ?? []
      #expect(run.json["status"] == "succeeded")
      #expect(run.id("projects_synced") == 3)
      #expect(changes.allSatisfy { $0["action"] == "create" })
      for kind in ["projects", "issues"] {
        let stored = try await service.call("GET", "/\(vendor)-\(kind)")
        #expect(stored.data.isEmpty)
      }
      let real = try await service.sync(vendor, organization, ["mode": "full"])
      #expect(real.id("issues_created") == changes.count)
      #expect(real.id("issues_created") == run.id("issues_created"))
      #expect(changes.count > 10)
    }
  }

  @Test func `an incremental sync brings what changed`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-1") })
      service.jira.state.withLock { $0.update(issue.id) { $0.summary = "changed" } }
      let run = try await service.sync("jira", ids.jira, .object([:]))
      #expect(run.id("issues_updated") == 1)
      #expect(run.id("issues_seen") < 60)
      #expect(
        try await service.call("GET", "/jira-issues?q=changed").data.first?["key"]
          == .string("WEB-1"))
    }
  }

  @Test func `a copy equals the truth in spite of faults`() async throws {
    try await TestService.with(projects: 3, issues: 900) { service in
      var faults = SandboxFaults()
      faults.rateLimited = 0.05
      faults.retryAfterSeconds = 1
      faults.serverError = 0.1
      faults.truncated = 0.05
      faults.seed = 3
      service.jira.faults = faults
      try await service.connect()
      let rows = try await service.database.pool.query(
        "select count(*) as n from jira_issues where deleted_at is null")
      #expect(try rows[0].int("n") == 900)
      #expect(service.jira.stats.impatientRequests == 0)
    }
  }

  @Test func `a refused token fails the run in Jira's words and marks the organization`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      _ = try await service.call(
        "PATCH", "/jira-organizations/\(ids.jira)", .object(["api_token": .string("wrong-token")]))
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "failed")
      let detail = run.json["errors"]?.arrayValue?.first?["detail"]?.stringValue ?? ""
      #expect(detail.contains("Client must be authenticated"), "\(run.json)")
      let test = try await service.call("POST", "/jira-organizations/\(ids.jira)/connection-tests")
      #expect(test.status == 200)
      #expect(test.text("status") == "unauthorized")
      #expect(test.text("message").contains("api_token"))
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.text("connection_status") == "unauthorized")
    }
  }

  @Test func `one sync at a time, unless forced`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 700
      service.jira.faults = faults
      let path = "/jira-organizations/\(ids.jira)/sync-runs"
      let first = try await service.call("POST", path)
      #expect(first.status == 202)
      #expect(first.headerFields["location"] == "/api/v1/sync-runs/\(first.id("id"))")
      let second = try await service.call("POST", path)
      #expect(second.status == 409)
      #expect(second.id("sync_run", "id") == first.id("id"))
      let forced = try await service.call("POST", path, .object(["force": .bool(true)]))
      #expect(forced.status == 202)
      #expect(try await service.finished(run: first.id("id")).text("status") == "cancelled")
      #expect(try await service.finished(run: forced.id("id")).text("status") == "succeeded")
    }
  }
}
