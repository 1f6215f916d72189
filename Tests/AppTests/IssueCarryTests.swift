import Foundation
import Postgres
import TestSupport
import Testing

/// What changes of stored issues mean for their links, whoever makes them.
@Suite struct IssueCarryTests {
  /// Three tickets and three errors, linked pair by pair.
  static let fill: [Statement] = [
    "insert into jira_organizations (name, base_url, username) values ('a', 'https://a', 'u')",
    "insert into sentry_organizations (name, slug, base_url) values ('a', 'a', 'https://a')",
    """
    insert into jira_projects (jira_organization_id, jira_id, key, name) values (1, 1, 'P', 'P')
    """,
    """
    insert into sentry_projects (sentry_organization_id, sentry_id, slug, name)
    values (1, 1, 'p', 'P')
    """,
    """
    insert into jira_issues (jira_organization_id, jira_project_id, jira_id, key, summary, issue_type,
      status, status_category, jira_created_at, jira_updated_at)
    select 1, 1, n, 'P-' || n, 'Broken', 'Bug', 'To Do', 'new', now(), now()
    from generate_series(1, 3) n
    """,
    """
    insert into sentry_issues (sentry_organization_id, sentry_project_id, sentry_id, short_id, title,
      level, status, first_seen_at, last_seen_at, event_count, user_count)
    select 1, 1, n, 'P-' || n, 'Broken', 'error', 'unresolved', now(), now(), 1, 1
    from generate_series(1, 3) n
    """,
    """
    insert into links (sentry_issue_id, sentry_project_id, jira_issue_id, jira_project_id, link_type,
      state, created_by, agreed_jira_status, agreed_jira_category, agreed_sentry_status)
    select n, 1, n, 1, 'manual', 'active', 'a', 'To Do', 'new', 'unresolved'
    from generate_series(1, 3) n
    """,
  ]

  private static let statuses = [
    "jira_issues": "status = 'Done', status_category = 'done'",
    "sentry_issues": "status = 'resolved'",
  ]

  private func with(_ body: (PostgresPool) async throws -> Void) async throws {
    let database = try await TestDatabase.make()
    for statement in Self.fill { try await database.pool.query(statement) }
    try await body(database.pool)
    await database.close()
  }

  private func links(_ pool: PostgresPool) async throws -> [String] {
    try await pool.query(
      """
      select l.state || coalesce(' ' || (select string_agg(e.decision, ' ' order by e.id)
        from link_events e where e.link_id = l.id), '') as line
      from links l order by l.id
      """
    ).map { try $0.text("line") }
  }

  private func waiting(_ pool: PostgresPool) async throws -> Int {
    try await pool.query("select count(*) from jobs where kind = 'sync_link'")[0].int(0)
  }

  @Test(arguments: ["jira_issues", "sentry_issues"], [false, true])
  func `a deleted issue breaks its link, and mends it when it is there again`(
    table: String, movesMeanwhile: Bool
  ) async throws {
    try await with { pool in
      let moved = movesMeanwhile ? ", \(Self.statuses[table] ?? "")" : ""
      try await pool.query(
        Statement("update \(table) set deleted_at = now()\(moved) where id = 1"))
      #expect(try await links(pool) == ["broken break", "active", "active"])
      // Once more, and otherwise: a tombstone means nothing to links.
      try await pool.query(
        Statement("update \(table) set deleted_at = now() + interval '1 s' where id = 1"))
      #expect(try await links(pool) == ["broken break", "active", "active"])
      // One goes and one comes by the same statement.
      try await pool.query(
        Statement(
          """
          update \(table) set deleted_at = case when id = 2 then now() end\(moved) where id in (1, 2)
          """))
      #expect(try await links(pool) == ["active break revive", "broken break", "active"])
      try await pool.query(Statement("update \(table) set deleted_at = null"))
      #expect(
        try await links(pool) == ["active break revive", "active break revive", "active"])
    }
  }

  @Test(arguments: ["jira_issues", "sentry_issues"])
  func `only what links follow lets them be compared`(table: String) async throws {
    try await with { pool in
      let other = table == "jira_issues" ? "summary = 'Other'" : "event_count = 7"
      try await pool.query(Statement("update \(table) set \(other)"))
      #expect(try await waiting(pool) == 0)
      try await pool.query(
        Statement("update \(table) set \(Self.statuses[table] ?? "") where id <> 3"))
      #expect(try await waiting(pool) == 2)
      #expect(try await links(pool) == ["active", "active", "active"])
    }
  }
}
