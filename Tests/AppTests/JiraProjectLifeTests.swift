import Foundation
import JiraClient
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// What changes without any issue being updated.
@Suite struct JiraProjectLifeTests {
  /// Lists of projects are read again only after a while; a test does not wait for it.
  private func age(_ service: TestService) async throws {
    try await service.database.pool.query(
      "update sync_memories set projects_read_at = now() - interval '1 hour'")
  }

  private func project(_ service: TestService, _ key: String) async throws -> JSONValue {
    try #require(
      try await service.call("GET", "/jira-projects?limit=200").data.first {
        $0["key"] == .string(key)
      })
  }

  enum News: CaseIterable, Sendable { case webhook, incremental, full, dailyCheck }

  private func follow(_ news: News, _ service: TestService, _ id: Int) async throws {
    switch news {
    case .webhook: return
    case .incremental:
      try await age(service)
      #expect(try await service.sync("jira", id, [:]).text("status") == "succeeded")
    case .full: #expect(try await service.sync("jira", id).text("status") == "succeeded")
    case .dailyCheck:
      try await service.database.pool.query(
        "update sync_memories set checked_at = now() - interval '2 days'")
      try await CheckJiraSites().perform(service.services)
    }
  }

  @Test(arguments: News.allCases)
  func `a renamed key renames all tickets of the project, and their addresses`(news: News)
    async throws
  {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connectWebhooks(registers: news == .webhook)
      try await service.act(.jira, "projects/WEB/rename", ["key": "ZED", "name": "Zed"])
      try await follow(news, service, ids.jira)
      try await eventually("the keys are new") {
        try await service.call("GET", "/jira-issues?key=ZED-1").data.count == 1
      }
      #expect(try await service.call("GET", "/jira-issues?key=WEB-1").data.isEmpty)
      let issue = try #require(try await service.call("GET", "/jira-issues?key=ZED-1").data.first)
      #expect(issue["browse_url"]?.stringValue?.hasSuffix("/browse/ZED-1") == true)
      let renamed = try await service.database.pool.query(
        "select count(*) as n from jira_issues where key like 'ZED-%'")
      #expect(try renamed[0].int("n") == 20)
      #expect(try await project(service, "ZED")["name"] == "Zed")
      #expect(try await service.call("GET", "/jira-issues?q=ZED-1").data.count > 0)
      // Read again they are what they are: nothing changes.
      #expect(try await service.sync("jira", ids.jira).id("issues_updated") == 0)
    }
  }

  @Test(arguments: News.allCases)
  func `a project in the trash is marked, and comes back with everything`(news: News) async throws {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connectWebhooks(registers: news == .webhook)
      let made = try await service.ticket()
      let before = try await service.live()
      try await service.act(.jira, "projects/WEB/trash")
      try await follow(news, service, ids.jira)
      try await eventually("the project is marked") {
        try await project(service, "WEB")["deleted_at"] != .null
      }
      for mode in ["incremental", "full"] {
        let run = try await service.sync("jira", ids.jira, ["mode": .string(mode)])
        #expect(run.text("status") == "succeeded", "\(run.json)")
      }
      let marked = try await project(service, "WEB")
      #expect(marked["issue_counts"]?["total"] == 0)
      #expect(try await service.live() == 20)
      let link = try await service.call("GET", "/links/\(made.link)")
      #expect(link.text("state") == "broken")
      #expect(link.text("last_error").contains("project WEB"))

      try await service.act(.jira, "projects/WEB/restore")
      try await follow(news, service, ids.jira)
      try await eventually("the project is there again") {
        try await project(service, "WEB")["deleted_at"] == .null
      }
      #expect(try await service.sync("jira", ids.jira, [:]).text("status") == "succeeded")
      #expect(try await service.live() == before)
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")
    }
  }

  /// The list of projects is still fresh, so that only the refused search tells of it.
  @Test func `a project that went to the trash does not make other projects' runs partial`()
    async throws
  {
    try await TestService.with(projects: 3, issues: 60) { service in
      let ids = try await service.connect()
      try await service.act(.jira, "projects/WEB/trash")
      let app = try #require(service.jira.state.withLock { $0.issue("APP-1") })
      service.jira.state.withLock { $0.update(app.id) { $0.summary = "Changed meanwhile" } }
      for _ in 1...2 {
        let run = try await service.sync("jira", ids.jira, [:])
        #expect(run.text("status") == "succeeded", "\(run.json)")
      }
      #expect(try await service.call("GET", "/jira-issues?q=meanwhile").data.count == 1)
      #expect(try await project(service, "WEB")["deleted_at"] != .null)
    }
  }

  @Test func `a project that was deleted for good is told by its webhook`() async throws {
    try await TestService.with(projects: 2, issues: 40) { service in
      _ = try await service.connectWebhooks()
      try await service.act(.jira, "projects/WEB/delete")
      try await eventually("the project is marked") {
        try await project(service, "WEB")["deleted_at"] != .null
      }
      #expect(try await service.live() == 20)
    }
  }

  @Test func `an archived project keeps its tickets`() async throws {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connectWebhooks()
      try await service.act(.jira, "projects/WEB/archive")
      try await eventually("the project is archived") {
        try await project(service, "WEB")["archived"] == true
      }
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "succeeded")
      #expect(try await service.live() == 40)
      try await service.act(.jira, "projects/WEB/unarchive")
      try await eventually("the project is back") {
        try await project(service, "WEB")["archived"] == false
      }
    }
  }

  @Test func `a project that cannot be read hides no other, and is named`() async throws {
    let page = #"""
      {"isLast":true,"values":[{"id":"1","key":"A","name":"One"},{"id":"2"},{"key":"C"},7,
        {"id":"5","key":"E"}]}
      """#
    let read = try JSONDecoder().decode(JiraProjectPage.self, from: Data(page.utf8))
    #expect(read.projects.map(\.key) == ["A", "E"])
    #expect(read.unreadable == ["2", "C", "a project without id"])
    #expect(read.count == 5)
  }

  @Test(arguments: [News.full, .dailyCheck])
  func `renamed and recategorised statuses are followed, and linked tickets carried`(news: News)
    async throws
  {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connectWebhooks(registers: false)
      let made = try await service.ticket()
      let status = try #require(service.jira.statusName(of: made.key))
      let id = try #require(
        service.jira.state.withLock { state in state.issue(made.key).map { $0.statusID } })
      try await eventually("both sides agree") {
        try await service.call("GET", "/links/\(made.link)/events").data.count > 0
      }
      _ = try await service.call("POST", "/links/\(made.link)/sync")
      // A new name alone is no change of a ticket.
      try await service.act(.jira, "statuses/\(id)", ["name": "Waiting for us"])
      try await follow(news, service, ids.jira)
      let renamed = try await service.call("GET", "/jira-issues?key=\(made.key)").data.first
      #expect(renamed?["status"] == "Waiting for us")
      #expect(
        try await service.call("GET", "/jira-issues?status=\(status.replacing(" ", with: "%20"))")
          .data.isEmpty)
      #expect(service.sentry.status(of: made.short) == "unresolved")
      try await service.act(.jira, "statuses/\(id)", ["category": "done"])
      try await follow(news, service, ids.jira)
      let changed = try await service.call("GET", "/jira-issues?key=\(made.key)").data.first
      #expect(changed?["status_category"] == "done")
      try await eventually("Sentry follows") {
        service.sentry.status(of: made.short) == "resolved"
      }
    }
  }
}
