import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// What Sentry does not show is not deleted for that.
@Suite struct SentryAbsenceTests {
  private static let list = "GET api/0/organizations/acme/issues"
  private static let single = "GET api/0/organizations/acme/issues/{}"

  /// Stored columns of a Sentry issue, by Sentry's own id.
  private func stored(_ id: Int64, _ service: TestService) async throws -> (
    status: String, isDeleted: Bool, isVisible: Bool
  ) {
    let row = try await service.database.pool.query(
      """
      select status, deleted_at is not null as deleted, not_visible_since is null as visible
      from sentry_issues where sentry_id = $1
      """, id)[0]
    return (try row.text("status"), try row.bool("deleted"), try row.bool("visible"))
  }

  private func live(_ service: TestService) async throws -> Int {
    try await service.database.pool.query(
      "select count(*) from sentry_issues where deleted_at is null")[0].int(0)
  }

  private func refresh(_ service: TestService) -> SentryRefresh {
    SentryRefresh(
      organizations: service.services.sentryOrganizations,
      projects: service.services.sentryProjects, issues: service.services.sentryIssues,
      clients: service.services.sentryClients)
  }

  /// A link of an issue with the first ticket.
  private func link(_ sentryID: Int64, _ service: TestService) async throws -> Int {
    let issue = try await service.database.pool.query(
      "select id from sentry_issues where sentry_id = $1", sentryID)[0].int64(0)
    let ticket = try await service.call("GET", "/jira-issues?limit=1").data[0]["id"] ?? .null
    let made = try await service.call(
      "POST", "/links", ["sentry_issue_id": JSONValue(issue), "jira_issue_id": ticket])
    #expect(made.status == 201, "\(made.json)")
    return made.id("id")
  }

  @Test(
    arguments: [
      (SandboxSentryProject.Presence.hidden, "full"), (.deleted, "full"), (.hidden, "incremental"),
      (.deleted, "incremental"),
    ])
  func `a project that Sentry shows no longer is marked, and the others go on`(
    presence: SandboxSentryProject.Presence, mode: String
  ) async throws {
    try await TestService.with(projects: 3, issues: 60) { service in
      let ids = try await service.connect()
      let (gone, lost, resolved) = service.sentry.state.withLock { state in
        let projects = state.projects.keys.sorted()
        let open = state.issues.values.filter { $0.status == "unresolved" }.sorted { $0.id < $1.id }
        return (
          projects[1], open.first { $0.projectID == projects[1] }?.id ?? 0,
          open.first { $0.projectID == projects[0] }?.id ?? 0
        )
      }
      let link = try await link(lost, service)
      service.sentry.state.withLock { state in
        state.projects[gone]?.presence = presence
        state.setStatus(resolved, "resolved", substatus: nil, activity: "set_resolved")
      }
      for _ in 1...2 {
        let run = try await service.sync("sentry", ids.sentry, ["mode": .string(mode)])
        #expect(run.text("status") == "succeeded", "\(run.json)")
        #expect(run.id("issues_deleted") == 0)
      }
      #expect(try await stored(resolved, service).status == "resolved")
      let left = try await stored(lost, service)
      #expect(!left.isDeleted && !left.isVisible)
      let projects = try await service.call("GET", "/sentry-projects?sort=id")
      let marked = projects.data.filter { $0["not_visible_since"] != .null }
      #expect(marked.map { $0["sentry_id"] } == [JSONValue(gone)])
      #expect(marked.first?["issue_counts"]?["total"] == 0)
      let waiting = try await service.call("GET", "/links/\(link)")
      #expect(waiting.text("state") == "active")
      #expect(waiting.text("last_error").contains("Sentry does not show the issue"))
      #expect(try await service.sync("sentry", ids.sentry, [:]).id("projects_synced") == 2)

      service.sentry.state.withLock { $0.projects[gone]?.presence = .visible }
      let back = try await service.sync("sentry", ids.sentry)
      #expect(back.text("status") == "succeeded")
      #expect(try await stored(lost, service).isVisible)
      let again = try await service.call("GET", "/sentry-projects?sort=id")
      #expect(again.data.allSatisfy { $0["not_visible_since"] == .null })
      #expect(again.data.reduce(0) { $0 + ($1["issue_counts"]?["total"]?.wholeNumber ?? 0) } == 60)
      try await eventually("the link goes on") {
        try await service.call("GET", "/links/\(link)").json["last_error"] == .null
      }
    }
  }

  @Test(arguments: [SandboxSentryProject.Presence.hidden, .deleted])
  func `a single issue of a project that is not shown is not deleted`(
    presence: SandboxSentryProject.Presence
  ) async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      let (project, issue) = service.sentry.state.withLock { state in
        let issue = state.issues.values.sorted { $0.id < $1.id }[0]
        state.projects[issue.projectID]?.presence = presence
        return (issue.projectID, issue.id)
      }
      let link = try await link(issue, service)
      let outcomes = try await refresh(service).run(organization: Int64(ids.sentry), [issue])
      #expect(outcomes == [issue: .notVisible])
      let left = try await stored(issue, service)
      #expect(!left.isDeleted && !left.isVisible)
      let compared = try await service.call("POST", "/links/\(link)/sync")
      #expect(compared.status == 409 || compared.status == 502, "\(compared.json)")
      #expect(try await service.call("GET", "/links/\(link)").text("state") == "active")
      service.sentry.state.withLock { $0.projects[project]?.presence = .visible }
      #expect(
        try await service.sync("sentry", ids.sentry).text("status") == "succeeded")
      #expect(try await stored(issue, service).isVisible)
    }
  }

  @Test func `issues without events for 90 days are kept and read a hundred in one request`()
    async throws
  {
    try await TestService.with(projects: 2, issues: 510) { service in
      let ids = try await service.connect()
      let recent = service.sentry.state.withLock { state in
        let all = state.issues.values.sorted { $0.id < $1.id }
        for issue in all.dropLast(10) { state.age(issue.id, days: 95) }
        for issue in all.prefix(3) {
          state.setStatus(issue.id, "resolved", substatus: nil, activity: "set_resolved")
        }
        return (first: all[0].id, last: all[509].id)
      }
      service.sentry.resetStats()
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "succeeded", "\(run.json)")
      #expect(run.id("issues_deleted") == 0)
      #expect(run.id("history_days") == 90)
      let requests = service.sentry.stats.requests
      #expect(requests[Self.single] == nil, "\(requests)")
      // Of these, two are the projects' lists and two count.
      #expect((requests[Self.list] ?? 0) - 4 <= 5, "\(requests)")
      #expect(try await live(service) == 510)
      #expect(try await stored(recent.first, service).status == "resolved")
      // Ageing moves no count: nothing is read again.
      service.sentry.resetStats()
      _ = try await service.sync("sentry", ids.sentry, [:])
      #expect(service.sentry.stats.total <= 3, "\(service.sentry.stats.requests)")
    }
  }

  @Test func `counts and times are those of the issue's life, whatever was read`() async throws {
    try await TestService.with(projects: 1, issues: 12) { service in
      let ids = try await service.connect()
      let old = service.sentry.state.withLock { state -> SandboxSentryIssue in
        let issue = state.issues.values.sorted { $0.id < $1.id }[0]
        state.issues[issue.id]?.firstSeen = Date(timeIntervalSince1970: 1_700_000_000)
        state.issues[issue.id]?.count = 91_000
        state.issues[issue.id]?.userCount = 1500
        return issue
      }
      func expectWhole(_ name: String) async throws {
        let page = try await service.call("GET", "/sentry-issues?q=\(old.shortID)")
        let issue = page.data.first { $0["short_id"] == .string(old.shortID) }
        #expect(issue?["event_count"] == 91_000, "\(name)")
        #expect(issue?["user_count"] == 1500, "\(name)")
        #expect(issue?["first_seen_at"] == "2023-11-14T22:13:20.000Z", "\(name)")
      }
      _ = try await service.sync("sentry", ids.sentry)
      try await expectWhole("after a full reading")
      _ = try await refresh(service).run(organization: Int64(ids.sentry), [old.id])
      try await expectWhole("after a reading by id")
      _ = try await service.sync("sentry", ids.sentry, ["force": true])
      try await expectWhole("after the next reading")
    }
  }

  @Test func `how far back issues are imported can be set`() async throws {
    try await TestService.with(projects: 1, issues: 30) { service in
      service.sentry.age(days: 50)
      let made = try await service.call(
        "POST", "/sentry-organizations",
        [
          "name": "short", "slug": "acme", "base_url": .string(service.sentry.baseURL),
          "auth_token": .string(service.sentry.configuration.authToken), "history_days": 30,
        ])
      let id = made.id("id")
      #expect(made.id("history_days") == 30)
      let short = try await service.sync("sentry", id)
      #expect(short.text("status") == "succeeded" && short.id("issues_seen") == 0)
      let refused = try await service.call(
        "PATCH", "/sentry-organizations/\(id)", ["history_days": 0])
      #expect(refused.status == 422)
      let longer = try await service.call(
        "PATCH", "/sentry-organizations/\(id)", ["history_days": 90])
      #expect(longer.id("history_days") == 90)
      // An incremental run reads what the longer period brings to light.
      #expect(try await service.sync("sentry", id, [:]).id("issues_created") == 30)
      // Sentry cuts what it does not keep.
      service.sentry.age(days: 200)
      _ = try await service.call("PATCH", "/sentry-organizations/\(id)", ["history_days": 400])
      let cut = try await service.sync("sentry", id)
      #expect(cut.text("status") == "succeeded" && cut.id("issues_deleted") == 0)
      #expect(try await live(service) == 30)
    }
  }

  @Test(arguments: ["old", "none"])
  func `a server that knows no single issue below the organization's path deletes nothing`(
    path: String
  ) async throws {
    try await TestService.with(projects: 1, issues: 10) { service in
      let ids = try await service.connect()
      let issue = service.sentry.state.withLock { state in
        state.settings = SentrySettings(json: ["single_issues": .string(path)])
        return state.issues.values.sorted { $0.id < $1.id }[0].id
      }
      let link = try await link(issue, service)
      service.sentry.age(days: 95)
      #expect(
        try await service.sync("sentry", ids.sentry).text("status") == "succeeded")
      let compared = try await service.call("POST", "/links/\(link)/sync")
      #expect(compared.status != 409, "\(compared.json)")
      #expect(try await service.call("GET", "/links/\(link)").text("state") == "active")
      #expect(try await live(service) == 10)

      // Without `group` either nothing can be proved, and that is said.
      service.sentry.state.withLock { state in
        state.settings = SentrySettings(
          json: ["single_issues": "none", "knows_groups": false])
        state.age(issue, days: 95)
        for id in state.issues.keys where id != issue { state.age(id, days: 1) }
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "partial", "\(run.json)")
      #expect(try await live(service) == 10)
    }
  }

  @Test func `a deleted issue is gone, and a pending one is settled later`() async throws {
    try await TestService.with(projects: 1, issues: 10) { service in
      let ids = try await service.connect()
      let all = service.sentry.state.withLock { $0.issues.keys.sorted() }
      let link = try await link(all[0], service)
      service.sentry.state.withLock { state in
        state.remove(all[0])
        state.issues[all[1]]?.status = "pending_deletion"
        state.issues[all[2]]?.status = "pending_merge"
        state.issues[all[3]]?.status = "reprocessing"
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "succeeded", "\(run.json)")
      for (id, isDeleted) in [(all[0], true), (all[1], true), (all[2], false), (all[3], false)] {
        #expect(try await stored(id, service).isDeleted == isDeleted)
      }
      let broken = try await service.call("GET", "/links/\(link)")
      #expect(broken.text("state") == "broken" && !broken.text("last_error").isEmpty)
    }
  }

  @Test func `the only issue of a project can be deleted too`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let ids = try await service.connect()
      service.sentry.state.withLock { state in
        for id in state.issues.keys { state.remove(id) }
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "succeeded" && run.id("issues_deleted") == 1, "\(run.json)")
    }
  }

  @Test func `a run that would delete much of a project waits for a person`() async throws {
    try await TestService.with(projects: 2, issues: 120) { service in
      let ids = try await service.connect()
      service.sentry.state.withLock { state in
        let project = state.projects.keys.sorted()[0]
        let own = state.issues.values.filter { $0.projectID == project }.map(\.id).sorted()
        for id in own.prefix(25) { state.remove(id) }
        let other = state.issues.values.first { $0.projectID != project }
        if let other { state.remove(other.id) }
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "needs_confirmation", "\(run.json)")
      #expect(try await live(service) == 119)
      let confirmed = try await service.call("POST", "/sync-runs/\(run.id("id"))/confirmations")
      #expect(confirmed.status == 202)
      let done = try await service.finished(run: run.id("id"))
      #expect(done.text("status") == "succeeded", "\(done.json)")
      #expect(try await live(service) == 94)
    }
  }

  @Test(arguments: [["event:read"], ["project:read"], ["event:read", "project:read"]])
  func `a token that lacks a scope deletes and marks nothing`(scopes: [String]) async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      service.sentry.state.withLock { $0.settings.scopes.subtract(scopes) }
      for mode in ["incremental", "full"] {
        let run = try await service.sync("sentry", ids.sentry, ["mode": .string(mode)])
        #expect(["failed", "partial"].contains(run.text("status")) || mode == "incremental")
      }
      #expect(try await live(service) == 20)
      let projects = try await service.call("GET", "/sentry-projects")
      #expect(projects.data.allSatisfy { $0["not_visible_since"] == .null })
      service.sentry.state.withLock { $0.settings.scopes = SentrySettings.allScopes }
      #expect(try await service.sync("sentry", ids.sentry).text("status") == "succeeded")
    }
  }

  @Test func `renamed projects get their new slugs and names`() async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      let renamed = service.sentry.state.withLock { state in
        let id = state.projects.keys.sorted()[0]
        state.projects[id]?.slug = "shop-front"
        state.projects[id]?.name = "Shop Front"
        return id
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "succeeded" && run.id("issues_created") == 0)
      let project = try await service.call("GET", "/sentry-projects?q=shop-front")
      #expect(project.data.map { $0["sentry_id"] } == [JSONValue(renamed)])
      #expect(project.data.first?["name"] == "Shop Front")
    }
  }
}
