import Foundation
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Postgres
@testable import Sandbox

@Suite struct IncrementalSyncTests {
  @Test func `a run that finds nothing new costs a request a project or fewer`() async throws {
    try await TestService.with(projects: 4, issues: 400) { service in
      let ids = try await service.connect()
      service.jira.resetStats()
      service.sentry.resetStats()
      let jira = try await service.sync("jira", ids.jira, .object([:]))
      #expect(jira.id("projects_synced") == 4)
      #expect(service.jira.stats.total <= 2, "\(service.jira.stats.requests)")
      let sentry = try await service.sync("sentry", ids.sentry, .object([:]))
      #expect(sentry.id("projects_synced") == 4)
      #expect(service.sentry.stats.total <= 4, "\(service.sentry.stats.requests)")
    }
  }

  @Test func `a count that fails is said, and what was read is stored`() async throws {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connect()
      for (number, isRefused) in [false, true].enumerated() {
        service.jira.state.withLock { state in
          for id in state.issues.keys { state.update(id) { $0.summary = "Changed \(number)" } }
        }
        service.jira.faults.only = "approximate-count"
        service.jira.faults.garbage = isRefused ? 0 : 1
        service.jira.faults.unauthorized = isRefused ? 1 : 0
        let run = try await service.sync("jira", ids.jira, .object([:]))
        #expect(run.text("status") == "partial")
        #expect(run.id("issues_updated") == 40)
        let errors = run.json["errors"]?.arrayValue ?? []
        #expect(errors.count == 1)
        #expect(errors.first?["project"] == .null)
        #expect(errors.first?["detail"]?.stringValue?.isEmpty == false)
        let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
        #expect((organization.text("connection_status") == "unauthorized") == isRefused)
      }
    }
  }

  @Test func `many changes in many projects are stored on two connections, and all of them`()
    async throws
  {
    try await TestService.with(projects: 5, issues: 300) { service in
      let ids = try await service.connect()
      // All in one project cannot be parted; those in all can.
      for project in [1, 5] {
        let changed = service.jira.state.withLock { state -> [Int64] in
          let changed = state.issues.values.filter { $0.projectID % 5 < project }.map(\.id)
          for id in changed { state.update(id) { $0.summary = "Changed: \(project) \($0.key)" } }
          return changed
        }
        #expect(changed.count > ChangeParts.fewestParted)
        // Who holds the last project keeps its half waiting, and only that.
        let pool = service.database.pool
        let holder = try Connection(pool.configuration, by: .now + .seconds(60))
        try holder.execute("begin")
        try holder.query(
          """
          select 1 from jira_issues where jira_project_id = (select max(id) from jira_projects)
          for update
          """)
        async let running = service.sync("jira", ids.jira, .object([:]))
        if project > 1 {
          try await eventually("the other half is stored") {
            try await !pool.query("select 1 from jira_issues where summary like 'Changed: 5 %'")
              .isEmpty
          }
        }
        try holder.execute("rollback")
        let run = try await running
        #expect(run.text("status") == "succeeded")
        #expect(run.id("issues_updated") == changed.count)
        #expect(run.id("issues_created") == 0)
        let stored = try await service.database.pool.query(
          "select count(*) from jira_issues where summary = 'Changed: ' || $1::text || ' ' || key",
          String(project))[0].int(0)
        #expect(stored == changed.count)
      }
    }
  }

  @Test func `tickets that were deleted and are there again come back by a whole reading`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      let pool = service.database.pool
      try await pool.query("update jira_issues set deleted_at = now()")
      try await pool.query("delete from jira_issues where jira_id % 4 = 0")
      let left = try await pool.query("select count(*) from jira_issues")[0].int(0)
      #expect((1..<60).contains(left))
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "succeeded")
      #expect(run.id("issues_updated") == left)
      #expect(run.id("issues_created") == 60 - left)
      let live = try await pool.query(
        "select count(*) from jira_issues where deleted_at is null")[0].int(0)
      #expect(live == 60)
    }
  }

  @Test func `force reads all again`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let body = JSONValue.object(["force": .bool(true)])
      #expect(try await service.sync("jira", ids.jira, body).id("issues_seen") == 60)
      #expect(try await service.sync("sentry", ids.sentry, body).id("issues_seen") == 60)
    }
  }

  @Test func `deleted, moved, and newly visible tickets are found without reading all`()
    async throws
  {
    try await TestService.with(projects: 3, issues: 600) { service in
      let ids = try await service.connect()
      service.jira.state.withLock { state in
        if let gone = state.issue("WEB-7") { state.delete(gone.id) }
        if let moved = state.issue("WEB-8"), let to = state.project("APP") {
          state.move(moved.id, to: to.id)
        }
        // As if a permission had been granted: there, but not changed for long.
        if let hidden = state.issue("APP-9") {
          var copy = hidden
          copy.id = 999_999
          copy.key = "APP-9999"
          state.insert(copy)
        }
      }
      service.jira.resetStats()
      // One is gone and one has come: the total is the same, as it is for a moved one.
      _ = try await service.sync("jira", ids.jira, .object([:]))
      service.jira.state.withLock { state in
        if let gone = state.issue("WEB-9") { state.delete(gone.id) }
      }
      let run = try await service.sync("jira", ids.jira, .object([:]))
      #expect(run.text("status") == "succeeded")
      #expect(run.id("issues_seen") < 100)
      #expect(service.jira.stats.total < 20, "\(service.jira.stats.requests)")
      func only(_ key: String) async throws -> Int {
        try await service.call("GET", "/jira-issues?key=\(key)").data.count
      }
      #expect(try await only("WEB-7") == 0)
      #expect(try await only("WEB-9") == 0)
      #expect(try await only("APP-9999") == 1)
      #expect(try await only("WEB-8") == 0)
    }
  }

  @Test func `a change that the index shows late is found`() async throws {
    try await TestService.with(indexLag: .seconds(2)) { service in
      let ids = try await service.connect()
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-1") })
      service.jira.state.withLock { $0.update(issue.id) { $0.summary = "changed" } }
      service.jira.change(nil, issue.id)
      func found() async throws -> Bool {
        _ = try await service.sync("jira", ids.jira, .object([:]))
        return try await service.call("GET", "/jira-issues?q=changed").data.count == 1
      }
      try await eventually("the change is found", within: .seconds(120), found)
      let live = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(live.id("issue_count") == 60)
    }
  }

  @Test func `changes of one minute that fill more than a page are all found`() async throws {
    try await TestService.with(projects: 2, issues: 700) { service in
      let ids = try await service.connect()
      let now = Date()
      service.jira.state.withLock { state in
        for id in state.issues.keys.sorted().prefix(350) {
          state.update(id) { $0.summary = "changed together" }
          state.issues[id]?.updated = now
        }
      }
      let run = try await service.sync("jira", ids.jira, .object([:]))
      #expect(run.id("issues_updated") == 350)
    }
  }

  @Test func `a raised limit is used: what it had left out is read`() async throws {
    try await TestService.with(projects: 1, issues: 300) { service in
      let id = try await service.addJira()
      _ = try await service.call(
        "POST", "/jira-organizations/\(id)/sync-runs",
        .object([
          "project_keys": .array([.string("NONE")])
        ]))
      try await eventually("the projects are known") { try await service.project("WEB") > 0 }
      let project = try await service.project("WEB")
      _ = try await service.call(
        "PATCH", "/jira-projects/\(project)", .object(["max_issues": .integer(120)]))
      #expect(
        try await service.sync("jira", id, .object(["force": .bool(true)])).id("issues_created")
          == 120)
      _ = try await service.call(
        "PATCH", "/jira-projects/\(project)", .object(["max_issues": .null]))
      #expect(try await service.sync("jira", id, .object([:])).id("issues_created") == 180)
    }
  }

  /// - Parameter oldest: the project that was synced longest ago: it is the list's first.
  @Test(arguments: ["APP", "WEB"])
  func `one project that fails is asked for apart and named, the others are synced`(
    oldest: String
  ) async throws {
    try await TestService.with(projects: 3, issues: 60) { service in
      let ids = try await service.connect()
      try await service.database.pool.query(
        "update jira_projects set watermark = watermark - interval '1 minute' where key = $1",
        oldest)
      // Search refuses it, though the account may browse it.
      let project = try #require(service.jira.state.withLock { $0.project("APP") })
      service.jira.access.unsearchableProjects = [project.id]
      let run = try await service.sync("jira", ids.jira, .object([:]))
      #expect(run.text("status") == "partial")
      #expect(run.id("projects_synced") == 2)
      let errors = run.json["errors"]?.arrayValue ?? []
      #expect(errors.contains { $0["project"] == .string("APP") })
      let words = errors.compactMap { $0["detail"]?.stringValue }.joined()
      #expect(words.contains("does not exist for the field 'project'"), "\(words)")
    }
  }

  @Test func `an error that got an event, and one that was resolved without, are both found`()
    async throws
  {
    try await TestService.with(projects: 3, issues: 300) { service in
      let ids = try await service.connect()
      let open = service.sentry.state.withLock { state in
        state.issues.values.filter { $0.status == "unresolved" }.map(\.id).sorted()
      }
      service.sentry.state.withLock { _ = $0.addEvent(open[0]) }
      service.sentry.resetStats()
      let events = try await service.sync("sentry", ids.sentry, .object([:]))
      #expect(events.id("issues_updated") == 1)
      #expect(service.sentry.stats.total <= 4)
      service.sentry.state.withLock { state in
        state.setStatus(open[1], "resolved", substatus: nil, activity: "set_resolved")
        state.remove(open[2])
      }
      let resolved = try await service.sync("sentry", ids.sentry, .object([:]))
      #expect(resolved.id("issues_updated") == 1)
      #expect(resolved.id("issues_deleted") == 1)
    }
  }
}
