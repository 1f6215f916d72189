import Foundation
import Postgres
import TestSupport
import Testing

@testable import App

/// Lists over tables of 200,000 rows: PostgreSQL finds every page by an index.
@Suite struct ListPlanTests {
  private static let rows = 200_000

  @Test func `no filter or sort reads a big table from end to end`() async throws {
    let database = try await TestDatabase.make()
    try await Self.fill(database.pool)
    var plans: [(name: String, statement: Statement, parameters: [(any PostgresEncodable)?])] = []
    for (name, filters) in Self.jiraFilters {
      let query = JiraIssueStore.query(filters)
      for page in Self.pages(JiraIssueStore.sorts) {
        let (statement, parameters) = query.statement(page)
        plans.append(("jira \(name) by \(page.sort.name)", statement, parameters))
      }
    }
    for (name, filters) in Self.sentryFilters {
      let query = SentryIssueStore.query(filters)
      for page in Self.pages(SentryIssueStore.sorts) {
        let (statement, parameters) = query.statement(page)
        plans.append(("sentry \(name) by \(page.sort.name)", statement, parameters))
      }
    }
    for (name, filters) in Self.linkFilters {
      let query = LinkStore.query(filters)
      for page in Self.pages(LinkStore.sorts) {
        let (statement, parameters) = query.statement(page)
        plans.append(("links \(name) by \(page.sort.name)", statement, parameters))
      }
    }
    #expect(plans.count > 250)
    var slowest = (name: "", time: Duration.zero)
    for plan in plans {
      let lines = try await Self.explain(plan.statement, plan.parameters, database.pool)
      #expect(!Self.scansBigTable(lines), "\(plan.name):\n\(lines.joined(separator: "\n"))")
      let start = ContinuousClock.now
      _ = try await database.pool.query(plan.statement, plan.parameters)
      let time = ContinuousClock.now - start
      if time > slowest.time { slowest = (plan.name, time) }
    }
    // Far above what any takes (docs/decisions/0006), far below what a walk over all rows would.
    #expect(slowest.time < .seconds(2), "\(slowest)")
    await database.close()
  }

  /// A prepared statement may get one plan for all values; that one must not read whole tables
  /// either.
  @Test func `what is kept prepared is served by an index whatever the values`() async throws {
    let database = try await TestDatabase.make()
    try await Self.fill(database.pool)
    let queries =
      Self.jiraFilters.map { ($0, JiraIssueStore.query($1), JiraIssueStore.sorts) }
      + Self.sentryFilters.map { ($0, SentryIssueStore.query($1), SentryIssueStore.sorts) }
    var prepared = 0
    for (name, query, sorts) in queries {
      for page in Self.pages(sorts) where !query.plansForValues(page) {
        let (statement, parameters) = query.statement(page)
        let lines = try await Self.explainForAllValues(statement, parameters.count, database.pool)
        #expect(!Self.scansBigTable(lines), "\(name):\n\(lines.joined(separator: "\n"))")
        let sorts = lines.contains { $0.contains("Sort") && !$0.contains("Incremental") }
        #expect(!sorts || name == "key", "\(name):\n\(lines.joined(separator: "\n"))")
        prepared += 1
      }
    }
    #expect(prepared >= 30)
    // Nor are the tickets of a project that went away walked over, where they come first.
    for (sort, order) in [("jira_created_at", "jira_created_at desc"), ("key", "key")] {
      try await database.pool.query(
        Statement(
          """
          update jira_issues set deleted_at = now()
          where id in (select id from jira_issues order by \(order) limit 5000)
          """))
      let field = try #require(JiraIssueStore.sorts.first { $0.name == sort })
      let page = PageRequest(
        limit: 50, sort: field, descending: order.hasSuffix("desc"), cursor: nil,
        isDefaultSort: false)
      let (statement, parameters) = JiraIssueStore.query(.init()).statement(page)
      let lines = try await database.pool.query(
        Statement("explain (analyze, timing off) \(statement.sql)", isPrepared: false), parameters
      ).map { try $0.text(0) }
      let walk = try #require(lines.first { $0.contains("jira_issue_keys_by_") })
      let walked = try #require(walk.firstMatch(of: #/actual rows=(\d+)/#)?.1)
      #expect(try #require(Int(walked)) <= 51, "\(lines.joined(separator: "\n"))")
    }
    await database.close()
  }

  private static let jiraFilters: [(String, JiraIssueStore.Filters)] = [
    ("all", .init()), ("project", .init(projectID: 7)), ("organization", .init(organizationID: 1)),
    ("small organization", .init(organizationID: 2)),
    ("product", .init(productID: 1)), ("status", .init(status: "Blocked")),
    ("common status", .init(status: "Done")), ("category", .init(statusCategory: "new")),
    ("project and status", .init(projectID: 7, status: "Done")),
    ("project and category", .init(projectID: 7, statusCategory: "done")),
    ("project and rare category", .init(projectID: 7, statusCategory: "indeterminate")),
    ("priority", .init(priority: "High")), ("type", .init(issueType: "Epic")),
    ("assignee", .init(assigneeAccountID: "account-7")), ("label", .init(label: "rare-7")),
    ("common label", .init(label: "sentry")), ("identifier", .init(q: "Identifier77x")),
    ("common word", .init(q: "exception")), ("two letters", .init(q: "id")),
    ("nothing to find", .init(q: "zzqqzz")), ("escaped", .init(q: "100%_\\")),
    ("key", .init(key: "P7-7")), ("linked", .init(linked: true)),
    ("unlinked", .init(linked: false)),
    ("since", .init(updatedSince: Date(timeIntervalSinceNow: -3600))),
    ("project, label and text", .init(projectID: 7, label: "sentry", q: "exception")),
  ]
  private static let sentryFilters: [(String, SentryIssueStore.Filters)] = [
    ("all", .init()), ("project", .init(projectID: 7)), ("organization", .init(organizationID: 1)),
    ("small organization", .init(organizationID: 2)),
    ("product", .init(productID: 1)), ("status", .init(status: "ignored")),
    ("project and status", .init(projectID: 7, status: "unresolved")),
    ("level", .init(level: "fatal")), ("identifier", .init(q: "Identifier77x")),
    ("common word", .init(q: "exception")), ("linked", .init(linked: true)),
    ("unlinked", .init(linked: false)),
    ("since", .init(lastSeenSince: Date(timeIntervalSinceNow: -3600))),
    ("unlinked errors of a product", .init(productID: 1, status: "unresolved", linked: false)),
  ]
  private static let linkFilters: [(String, LinkStore.Filters)] = [
    ("all", .init()), ("sentry issue", .init(sentryIssueID: 7)),
    ("jira issue", .init(jiraIssueID: 7)),
    ("product", .init(productID: 1)), ("state", .init(state: "broken")),
  ]

  /// The first page and a far one, in both directions of every order.
  private static func pages(_ sorts: [SortField]) -> [PageRequest] {
    sorts.flatMap { sort in
      [true, false].flatMap { descending in
        let value = ["timestamptz": "2026-06-01 00:00:00+00", "text": "P7", "bigint": "500"]
        let cursor = Cursor(sort: sort.name, value: value[sort.type] ?? "", id: 100_000)
        return [nil, cursor].map {
          PageRequest(
            limit: 50, sort: sort, descending: descending, cursor: $0,
            isDefaultSort: sort == sorts[0])
        }
      }
    }
  }

  private static func scansBigTable(_ plan: [String]) -> Bool {
    plan.contains { $0.contains("Seq Scan on") && $0.contains("_issue") }
  }

  private static func explain(
    _ statement: Statement, _ parameters: [(any PostgresEncodable)?], _ pool: PostgresPool
  ) async throws -> [String] {
    try await pool.query(Statement("explain \(statement.sql)", isPrepared: false), parameters)
      .map { try $0.text(0) }
  }

  private static func explainForAllValues(
    _ statement: Statement, _ count: Int, _ pool: PostgresPool
  ) async throws -> [String] {
    let nulls = Array(repeating: "null", count: count).joined(separator: ", ")
    return try await pool.transaction { connection in
      try connection.execute("set local plan_cache_mode = force_generic_plan")
      try connection.execute("prepare asked as \(statement.sql)")
      let lines = try connection.query(
        Statement("explain execute asked(\(nulls))", isPrepared: false)
      ).map { try $0.text(0) }
      try connection.execute("deallocate asked")
      return lines
    }
  }

  /// Loads the tables as the vendors' pages would, only faster: without indexes, which are made
  /// again afterwards as the migrations state them.
  private static func fill(_ pool: PostgresPool) async throws {
    try await pool.transaction(timeout: .seconds(180)) { connection in
      try connection.execute(
        """
        create temporary table kept as
          select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
          from pg_index i join pg_class c on c.oid = i.indexrelid
          where i.indrelid in ('jira_issues'::regclass, 'jira_issue_texts'::regclass,
              'jira_issue_keys'::regclass, 'sentry_issues'::regclass, 'sentry_issue_texts'::regclass)
            and not exists (select from pg_constraint o where o.conindid = i.indexrelid);
        do $$ declare entry record; begin
          for entry in select * from kept loop execute 'drop index ' || entry.name; end loop;
        end $$;
        set local session_replication_role = replica;
        \(Self.organizations)
        \(Self.issues)
        set local session_replication_role = origin;
        do $$ declare entry record; begin
          for entry in select * from kept loop
            execute entry.definition;
          end loop;
        end $$;
        analyze;
        """)
    }
    let counts = try await pool.query(
      "select (select count(*) from jira_issues) as jira, count(*) as sentry from sentry_issues")
    #expect(try counts[0].int("jira") == rows)
    #expect(try counts[0].int("sentry") == rows)
  }

  private static let organizations = """
    insert into products (name, slug) select 'p' || n, 'p' || n from generate_series(1, 20) n;
    insert into jira_organizations (name, base_url, username)
      values ('a', 'https://a', 'u'), ('b', 'https://b', 'u');
    insert into sentry_organizations (name, slug, base_url)
      values ('a', 'a', 'https://a'), ('b', 'b', 'https://b');
    insert into jira_projects (jira_organization_id, jira_id, key, name, product_id)
      select 1 + n / 101, n, 'P' || n, 'P' || n, 1 + n % 20 from generate_series(1, 101) n;
    insert into sentry_projects (sentry_organization_id, sentry_id, slug, name, product_id)
      select 1 + n / 101, n, 'p' || n, 'P' || n, 1 + n % 20 from generate_series(1, 101) n;
    """
  private static let issues = """
    insert into jira_issues (jira_organization_id, jira_project_id, jira_id, key, summary,
      issue_type, status, status_category, priority, assignee_account_id, labels,
      jira_created_at, jira_updated_at)
    select 1 + (n % 5000 = 1)::int, case n % 5000 when 1 then 101 else 1 + n % 100 end, n,
      'P' || n % 100 || '-' || n,
      case n % 3 when 0 then 'Exception in ' else 'Timeout of ' end || 'Identifier' || n || 'x',
      (array['Bug', 'Task', 'Story'])[1 + n % 3],
      case when n % 5000 = 0 then 'Blocked' else (array['To Do', 'Done'])[1 + n % 2] end,
      (array['new', 'done'])[1 + n % 2], (array['High', 'Medium', 'Low'])[1 + n % 3],
      'account-' || n % 500, array['sentry', 'rare-' || n % 1000],
      now() - n * interval '1 minute', now() - (n * 7919 % \(rows)) * interval '1 minute'
    from generate_series(1, \(rows)) n;
    insert into sentry_issues (sentry_organization_id, sentry_project_id, sentry_id, short_id,
      title, level, status, first_seen_at, last_seen_at, event_count, user_count)
    select 1 + (n % 5000 = 1)::int, case n % 5000 when 1 then 101 else 1 + n % 100 end, n, 'P-' || n,
      case n % 3 when 0 then 'Exception in ' else 'Timeout of ' end || 'Identifier' || n || 'x',
      case when n % 5000 = 0 then 'fatal' else 'error' end,
      (array['unresolved', 'resolved', 'ignored'])[1 + n % 3], now() - n * interval '1 minute',
      now() - (n * 7919 % \(rows)) * interval '1 minute', n % 10000, n % 1000
    from generate_series(1, \(rows)) n;
    insert into jira_issue_texts select id, ' ' || key || ' ' || summary from jira_issues;
    insert into jira_issue_keys (issue_id, jira_project_id, key, jira_created_at, is_live)
      select id, jira_project_id, key, jira_created_at, true from jira_issues;
    insert into sentry_issue_texts select id, ' ' || short_id || ' ' || title from sentry_issues;
    insert into links (sentry_issue_id, sentry_project_id, jira_issue_id, jira_project_id, link_type,
      state, created_by)
    select n, 1 + n % 100, n, 1 + n % 100, 'manual', 'active', 'a' from generate_series(1, 2000) n;
    """
}
