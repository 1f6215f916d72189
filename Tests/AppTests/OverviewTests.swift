import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct OverviewTests {
  /// A parent and a child; Sentry's first project is the parent's, all others the child's.
  private func products(_ service: TestService) async throws -> (parent: Int, child: Int) {
    let parent = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
    let child = try await service.call(
      "POST", "/products", ["name": "Checkout", "parent_id": JSONValue(parent)]
    ).id("id")
    let sentry = try await service.call("GET", "/sentry-projects").data.compactMap { $0["id"] }
    let jira = try await service.call("GET", "/jira-projects").data.compactMap { $0["id"] }
    _ = try await service.call(
      "POST", "/project-assignments",
      ["product_id": JSONValue(parent), "sentry_project_ids": .array(Array(sentry.prefix(1)))])
    _ = try await service.call(
      "POST", "/project-assignments",
      [
        "product_id": JSONValue(child), "sentry_project_ids": .array(Array(sentry.dropFirst())),
        "jira_project_ids": .array(jira),
      ])
    return (parent, child)
  }

  /// Every issue that a list gives.
  private func all(_ service: TestService, _ path: String) async throws -> [JSONValue] {
    var found: [JSONValue] = []
    var cursor = ""
    repeat {
      let page = try await service.call("GET", "\(path)limit=200\(cursor)")
      found += page.data
      cursor = page.json["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    return found
  }

  /// That every kept count is what counting says.
  private func expectTrueCounts(
    _ service: TestService, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let wrong = try await service.database.pool.query(
      """
      (select 'jira', jira_project_id, status_category, sum(issues), sum(created_seconds)
       from (select jira_project_id, status_category, issues, created_seconds from jira_issue_counts
             union all
             select jira_project_id, status_category, -1, -extract(epoch from jira_created_at)::bigint
             from jira_issues where deleted_at is null) c
       group by 2, 3 having sum(issues) <> 0 or sum(created_seconds) <> 0)
      union all
      (select 'sentry', sentry_project_id, status || level, sum(issues) + 1000 * sum(ticketed),
         sum(users) + 1000000 * sum(regressed)
       from (select sentry_project_id, status, level, issues, users, ticketed, regressed
             from sentry_issue_counts
             union all
             select sentry_project_id, status, level, -1, -user_count,
               -(exists (select from links where sentry_issue_id = i.id and state = 'active')::int),
               -(coalesce(substatus = 'regressed', false)::int)
             from sentry_issues i where deleted_at is null) c
       group by 2, 3 having sum(issues) <> 0 or sum(users) <> 0 or sum(ticketed) <> 0
         or sum(regressed) <> 0)
      union all
      (select 'days', project, day::text, sum(n), 0
       from (select sentry_project_id as project, day, first_seen as n from sentry_issue_days
             union all select sentry_project_id, utc_day(first_seen_at), -1 from sentry_issues
             where deleted_at is null
             union all select -jira_project_id, day, created from jira_issue_days
             where day > utc_day(now()) - 366
             union all select -jira_project_id, utc_day(jira_created_at), -1 from jira_issues
             where deleted_at is null and utc_day(jira_created_at) > utc_day(now()) - 366) d
       group by 2, 3 having sum(n) <> 0)
      union all
      (select 'resolved', jira_project_id, day::text, sum(resolved), 0
       from (select jira_project_id, day, resolved from jira_resolution_days
             where day > utc_day(now()) - 366
             union all select jira_project_id, utc_day(resolved_at), -1 from jira_issues
             where deleted_at is null and utc_day(resolved_at) > utc_day(now()) - 366) r
       group by 2, 3 having sum(resolved) <> 0)
      union all
      (select 'links', sentry_project_id, jira_project_id || state, sum(links), 0
       from (select sentry_project_id, jira_project_id, state, links from link_counts
             union all select sentry_project_id, jira_project_id, state, -1 from links) l
       group by 2, 3 having sum(links) <> 0)
      """)
    #expect(wrong.isEmpty, sourceLocation: sourceLocation)
  }

  @Test func `an overview counts the whole subtree as the lists do`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let (parent, child) = try await products(service)
      let error = try await service.openError()
      let project = try await service.project("OPS")
      let target = try await service.call("GET", "/jira-projects?limit=1").data[0]["id"]
      _ = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": project > 0 ? JSONValue(project) : target ?? .null])
      let answer = try await service.call("GET", "/products/\(parent)/overview")
      #expect(answer.status == 200)
      #expect(answer.json["descendants"]?.arrayValue?.compactMap { $0["id"] } == [JSONValue(child)])
      let errors = try await all(service, "/sentry-issues?")
      let open = errors.filter { $0["status"] == "unresolved" }
      #expect(answer.id("sentry_issues", "total") == errors.count)
      #expect(answer.id("sentry_issues", "unresolved") == open.count)
      #expect(answer.id("sentry_issues", "unresolved_with_ticket") == 1)
      for level in ["fatal", "error", "warning", "info"] {
        #expect(
          answer.id("sentry_issues", "unresolved_by_level", level)
            == open.count { $0["level"] == .string(level) })
      }
      let tickets = try await all(service, "/jira-issues?")
      #expect(answer.id("jira_issues", "total") == tickets.count)
      #expect(
        answer.id("jira_issues", "done") == tickets.count { $0["status_category"] == "done" })
      #expect(answer.id("links", "active") == 1)
      let latest = try #require(answer.json["latest_links"]?.arrayValue?.first)
      #expect(latest["sentry_issue"]?["id"] == JSONValue(error))
      #expect(answer.json["sync"]?["organizations"]?.arrayValue?.count == 2)
      #expect(answer.id("sync", "never_synced") == 0)
      let part = try await service.call("GET", "/products/\(child)/overview")
      #expect(part.json["sentry_projects"]?.arrayValue?.count == 2)
      #expect(part.id("sentry_issues", "total") < errors.count)
    }
  }

  @Test func `kept counts stay true whatever happens to issues and links`() async throws {
    try await TestService.with { service in
      let (jiraID, _) = try await service.connect()
      _ = try await products(service)
      try await expectTrueCounts(service)
      let error = try await service.openError()
      let target = try await service.call("GET", "/jira-projects?limit=1").data[0]["id"]
      let ticket = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": target ?? .null])
      #expect(ticket.status == 201)
      _ = try await service.call("PATCH", "/sentry-issues/\(error)", ["status": "resolved"])
      try await expectTrueCounts(service)
      let pool = service.database.pool
      try await pool.query(
        "update sentry_issues set user_count = user_count + 7, substatus = 'regressed' where id % 3 = 0"
      )
      try await pool.query(
        """
        update jira_issues set resolved_at = jira_created_at + interval '3 days',
          status_category = 'done' where id % 4 = 0
        """)
      try await pool.query("update jira_issues set deleted_at = now() where id % 5 = 0")
      try await pool.query("update sentry_issues set deleted_at = now() where id % 7 = 0")
      try await expectTrueCounts(service)
      let deleted = try await service.call("DELETE", "/links/\(ticket.id("link", "id"))")
      #expect(deleted.status == 204)
      try await expectTrueCounts(service)
      let gone = try await service.call("DELETE", "/jira-organizations/\(jiraID)")
      #expect(gone.status == 204)
      try await expectTrueCounts(service)
      let left = try await pool.query(
        """
        select 1 from jira_issues union all select 1 from jira_issue_days
        union all select 1 from jira_resolution_days
        """)
      #expect(left.isEmpty)
    }
  }

  @Test func `health explains itself and is kept a day`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let (parent, _) = try await products(service)
      try await service.services.health.recordAll()
      let health = try await service.call("GET", "/products/\(parent)/health?days=90")
      #expect(health.status == 200)
      let components = health.json["components"]?.arrayValue ?? []
      #expect(components.compactMap { $0["name"]?.stringValue } == HealthWeights.names)
      #expect(components.allSatisfy { !($0["explanation"]?.stringValue ?? "").isEmpty })
      #expect(components.allSatisfy { $0["value"] != .null })
      #expect(["A", "B", "C", "D", "F"].contains(health.text("grade")))
      let history = health.json["history"]?.arrayValue ?? []
      #expect(history.count == 1)
      let recorded = try await service.call("GET", "/products/\(parent)/health")
      #expect(history.first?["score"] == recorded.json["score"])
      #expect(history.first?["coverage"] == recorded.json["components"]?.arrayValue?[2]["value"])
    }
  }

  @Test(arguments: ["/products/999/health", "/products/999/overview", "/products/x/health"])
  func `a product that is none is not found`(_ path: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call("GET", path)
      #expect(answer.status == 404)
    }
  }

  @Test(arguments: ["days=0", "days=366", "days=x", "window=3"])
  func `a window that cannot be is refused by name`(_ query: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let product = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
      let answer = try await service.call("GET", "/products/\(product)/health?\(query)")
      #expect(answer.status == 400)
      #expect(answer.text("detail").contains(query.split(separator: "=")[0]))
    }
  }

  @Test func `the dashboard tells counts, series and what needs a person`() async throws {
    try await TestService.with { service in
      let empty = try await service.call("GET", "/dashboard")
      #expect(empty.status == 200)
      #expect(empty.json["attention"] == [])
      let (jiraID, _) = try await service.connect()
      _ = try await products(service)
      let refused = try await service.call(
        "PATCH", "/jira-organizations/\(jiraID)", ["api_token": "wrong"])
      #expect(refused.status == 200)
      let run = try await service.sync("jira", jiraID)
      #expect(run.text("status") == "failed")
      try await service.services.health.recordAll()
      let answer = try await service.call("GET", "/dashboard")
      #expect(answer.id("product_count") == 2)
      #expect(answer.json["links_per_day"]?.arrayValue?.count == 30)
      #expect(answer.json["product_health"]?.arrayValue?.count == 2)
      let kinds = answer.json["attention"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } ?? []
      #expect(kinds.contains("organization_unauthorized"))
      #expect(kinds.contains("sync_failed"))
      let total = try await all(service, "/sentry-issues?").count
      #expect(answer.id("sentry_issues", "total") == total)
    }
  }
}
