import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Postgres
@testable import Sandbox

@Suite struct ListTests {
  @Test(
    arguments: [
      "jira_updated_at", "-jira_updated_at", "key", "-key", "jira_created_at", "-jira_created_at",
    ])
  func `pages meet every issue exactly once, in order`(sort: String) async throws {
    try await TestService.with(issues: 123) { service in
      let ids = try await service.connect()
      // Moved to the other project after they were stored, so that their keys are others.
      service.jira.state.withLock { state in
        for issue in state.issues.values where issue.id % 10 == 0 {
          if let other = state.projects.keys.first(where: { $0 != issue.projectID }) {
            state.move(issue.id, to: other)
          }
        }
      }
      _ = try await service.sync("jira", ids.jira, .object([:]))
      var keys: [String] = []
      var query = "?limit=10&sort=\(sort)"
      for _ in 0..<14 {
        let page = try await service.call("GET", "/jira-issues\(query)")
        #expect(page.status == 200)
        keys += page.data.compactMap { $0["key"]?.stringValue }
        guard let cursor = page.json["next_cursor"]?.stringValue else { break }
        #expect(page.headerFields["link"]?.contains(cursor) == true)
        query = "?limit=10&sort=\(sort)&cursor=\(cursor)"
      }
      let column = sort.drop { $0 == "-" }
      let direction = sort.hasPrefix("-") ? "desc" : "asc"
      let ordered = try await service.database.pool.query(
        Statement("select key from jira_issues order by \(column) \(direction), id \(direction)")
      ).map { try $0.text("key") }
      #expect(keys == ordered)
      #expect(keys.count == 123)
    }
  }

  @Test func `an issue is found by the key that it has now`() async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      let (before, after) = try service.jira.state.withLock { state -> (String, String) in
        let issue = try #require(state.issues.values.first)
        let other = try #require(state.projects.keys.first { $0 != issue.projectID })
        state.move(issue.id, to: other)
        return (issue.key, try #require(state.issues[issue.id]?.key))
      }
      #expect(before != after)
      func found(_ key: String) async throws -> [String] {
        try await service.call("GET", "/jira-issues?key=\(key)").data
          .compactMap { $0["key"]?.stringValue }
      }
      #expect(try await found(before) == [before])
      _ = try await service.sync("jira", ids.jira, .object([:]))
      #expect(try await found(before) == [])
      #expect(try await found(after) == [after])
    }
  }

  @Test func `filters narrow`() async throws {
    try await TestService.with(issues: 120) { service in
      try await service.connect()
      for (filter, name, value) in [
        ("status_category=done", "status_category", "done"),
        ("issue_type=Bug", "issue_type", "Bug"),
        ("priority=High", "priority", "High"), ("key=WEB-7", "key", "WEB-7"),
      ] {
        let page = try await service.call("GET", "/jira-issues?\(filter)&limit=200")
        #expect(!page.data.isEmpty, "\(filter)")
        #expect(page.data.allSatisfy { $0[name] == .string(value) }, "\(filter)")
        #expect(page.data.count < 120)
      }
      let errors = try await service.call("GET", "/sentry-issues?level=fatal&status=unresolved")
      #expect(errors.data.allSatisfy { $0["level"] == .string("fatal") })
      #expect(try await service.call("GET", "/jira-issues?linked=true").data.isEmpty)
    }
  }
}
