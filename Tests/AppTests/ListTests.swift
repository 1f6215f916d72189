import RESTClient
import Testing

@testable import App

@Suite struct ListTests {
  @Test(arguments: ["jira_updated_at", "-jira_updated_at", "key", "-key", "jira_created_at"])
  func `pages meet every issue exactly once`(sort: String) async throws {
    try await TestService.with(issues: 123) { service in
      try await service.connect()
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
      #expect(keys.count == 123)
      #expect(Set(keys).count == 123)
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
