import TestSupport
import Testing

@testable import App
@testable import Postgres

/// What holds between issues and their projects without a row's own reference.
@Suite struct IssueProjectTests {
  private static let insert: Statement = """
    insert into jira_issues (jira_organization_id, jira_project_id, jira_id, key, summary, status,
      status_category, jira_created_at, jira_updated_at)
    select $1, $2, n, 'A-' || n, 'a', 'Open', 'new', now(), now()
    from generate_series($3::bigint, $4) n
    """

  /// Two organizations with a project each.
  private func with(
    _ body: (TestDatabase, (organizations: [Int64], projects: [Int64])) async throws -> Void
  ) async throws {
    let database = try await TestDatabase.make()
    let rows = try await database.pool.query(
      """
      with organizations as (
        insert into jira_organizations (name, base_url, username)
        select n, 'https://' || n || '.atlassian.net', n from unnest(array['a', 'b']) n returning id)
      insert into jira_projects (jira_organization_id, jira_id, key, name)
      select id, 1, 'A', 'A' from organizations order by id returning id, jira_organization_id
      """)
    try await body(
      database,
      (rows.map { try $0.int64("jira_organization_id") }, rows.map { try $0.int64("id") }))
    await database.close()
  }

  private func refusal(_ body: () async throws -> Void) async throws -> PostgresError? {
    let error = await #expect(throws: PostgresError.self) { try await body() }
    #expect(error?.sqlState == "23503")
    #expect(error?.constraint == "jira_issues_project_exists")
    return error
  }

  @Test func `an issue needs a project of its organization`() async throws {
    try await with { database, ids in
      let pool = database.pool
      _ = try await refusal {
        try await pool.query(Self.insert, ids.organizations[0], ids.projects[1] + 1000, 1, 3)
      }
      _ = try await refusal {
        try await pool.query(Self.insert, ids.organizations[0], ids.projects[1], 1, 3)
      }
      try await pool.query(Self.insert, ids.organizations[0], ids.projects[0], 1, 3)
      for (organization, project) in [
        (ids.organizations[0], ids.projects[1]), (ids.organizations[1], ids.projects[0]),
        (ids.organizations[0], ids.projects[1] + 1000),
      ] {
        _ = try await refusal {
          try await pool.query(
            """
            update jira_issues set jira_organization_id = $1, jira_project_id = $2
            where jira_id = 2
            """, organization, project)
        }
      }
      try await pool.query(
        "update jira_issues set jira_organization_id = $1, jira_project_id = $2 where jira_id = 2",
        ids.organizations[1], ids.projects[1])
      let moved = await #expect(throws: PostgresError.self) {
        try await pool.query("update jira_projects set jira_organization_id = $1", ids.projects[0])
      }
      #expect(moved?.constraint == "jira_projects_stay")
    }
  }

  @Test func `a project takes its issues and days along, and no others`() async throws {
    try await with { database, ids in
      let pool = database.pool
      for (organization, project) in zip(ids.organizations, ids.projects) {
        try await pool.query(Self.insert, organization, project, 1, 3)
      }
      try await pool.query("update jira_issues set resolved_at = now(), status_category = 'done'")
      try await pool.query("delete from jira_projects where id = $1", ids.projects[0])
      for table in [
        "jira_issues", "jira_issue_days", "jira_resolution_days", "jira_issue_counts",
      ] {
        let left = try await pool.query(
          Statement("select distinct jira_project_id from \(table)")
        ).map { try $0.int64(0) }
        #expect(left == [ids.projects[1]], "\(table)")
      }
      try await pool.query("delete from jira_organizations")
      #expect(try await pool.query("select 1 from jira_issues").isEmpty)
    }
  }

  /// Runs one in a transaction that ends only when the other waits for it.
  private func during(
    _ first: Statement, _ parameters: [any PostgresEncodable], _ database: TestDatabase,
    _ second: @escaping @Sendable () async throws -> Void
  ) async throws {
    let holder = try Connection(database.pool.configuration, by: .now + .seconds(60))
    try holder.execute("begin")
    try holder.query(first, parameters.map(Optional.init))
    let other = Task { try await second() }
    try await eventually("the second waits for the first") {
      try await database.pool.read(
        """
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
        """)[0].int(0) > 0
    }
    try holder.execute("commit")
    try await other.value
  }

  @Test func `a project that is deleted while an issue comes takes that along too`() async throws {
    try await with { database, ids in
      let pool = database.pool
      try await during(
        Self.insert, [ids.organizations[0], ids.projects[0], 1, 3], database
      ) { try await pool.query("delete from jira_projects where id = $1", ids.projects[0]) }
      #expect(try await pool.query("select 1 from jira_issues").isEmpty)
    }
  }

  @Test func `an issue that comes while its project is deleted is refused`() async throws {
    try await with { database, ids in
      let pool = database.pool
      _ = try await refusal {
        try await during(
          "delete from jira_projects where id = $1", [ids.projects[0]], database
        ) { try await pool.query(Self.insert, ids.organizations[0], ids.projects[0], 1, 3) }
      }
      #expect(try await pool.query("select 1 from jira_issues").isEmpty)
    }
  }

  @Test func `days that nobody looks at any more are neither counted nor kept`() async throws {
    try await with { database, ids in
      let pool = database.pool
      try await pool.query(Self.insert, ids.organizations[0], ids.projects[0], 1, 3)
      try await pool.query(
        """
        update jira_issues set jira_created_at = now() - interval '2 years',
          resolved_at = now() - make_interval(days => 398 + 2 * jira_id::int)
        """)
      let days = "select coalesce(sum(created), 0)::bigint from jira_issue_days"
      #expect(try await pool.query(Statement(days))[0].int(0) == 0)
      let resolved = "select sum(resolved)::bigint from jira_resolution_days"
      #expect(try await pool.query(Statement(resolved))[0].int(0) == 1)
      try await pool.query(
        """
        update jira_resolution_days set day = day - 3
        """)
      let deleted = try await RetentionStore(pool: pool, retention: Retention()).prune()
      #expect(deleted["jira_resolution_days"] == 1)
      #expect(deleted["jira_issue_days"] == nil)
    }
  }
}
