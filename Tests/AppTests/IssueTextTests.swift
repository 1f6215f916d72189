import Foundation
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Postgres
@testable import Sandbox

/// What issues are searched and sorted by stands apart from them.
@Suite struct IssueTextTests {
  private static let tables = [
    (issues: "jira_issues", texts: "jira_issue_texts", key: "key", title: "summary"),
    (issues: "sentry_issues", texts: "sentry_issue_texts", key: "short_id", title: "title"),
  ]

  /// That every issue has its own text and nothing else has one.
  private func expectTrueTexts(
    _ service: TestService, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for table in Self.tables {
      let wrong = try await service.database.pool.query(
        Statement(
          """
          select count(*) from \(table.issues) i full join \(table.texts) t on t.issue_id = i.id
          where t.text is distinct from ' ' || i.\(table.key) || ' ' || i.\(table.title)
          """))
      #expect(try wrong[0].int(0) == 0, "\(table.texts)", sourceLocation: sourceLocation)
    }
    let wrong = try await service.database.pool.query(
      """
      select count(*) from jira_issues i full join jira_issue_keys k on k.issue_id = i.id
      where (k.jira_project_id, k.key, k.jira_created_at, k.is_live)
        is distinct from (i.jira_project_id, i.key, i.jira_created_at, i.deleted_at is null)
      """)
    #expect(try wrong[0].int(0) == 0, "keys", sourceLocation: sourceLocation)
  }

  private func versions(_ table: String, _ service: TestService) async throws -> [Int64: String] {
    try await service.database.pool.query(
      Statement("select issue_id, ctid::text as place from \(table)")
    ).reduce(into: [:]) { $0[try $1.int64("issue_id")] = try $1.text("place") }
  }

  private func found(_ q: String, _ list: String, _ service: TestService) async throws -> Int {
    let page = try await service.call("GET", "/\(list)?q=\(q)")
    return page.data.count
  }

  @Test func `a text or key is written when it changes, and only then`() async throws {
    try await TestService.with(projects: 3, issues: 90) { service in
      let ids = try await service.connect()
      try await expectTrueTexts(service)
      let before = try await (
        texts: versions("jira_issue_texts", service), keys: versions("jira_issue_keys", service)
      )
      let changed = service.jira.state.withLock { state -> [Int64] in
        let issues = state.issues.values.sorted { $0.id < $1.id }
        for issue in issues[0..<30] { state.update(issue.id) { $0.priorityID = "1" } }
        for issue in issues[30..<40] { state.update(issue.id) { $0.summary = "Zebra crossing" } }
        if let other = state.projects.keys.first(where: { $0 != issues[40].projectID }) {
          state.move(issues[40].id, to: other)
        }
        state.delete(issues[41].id)
        return issues[30...41].map(\.id)
      }
      let run = try await service.sync("jira", ids.jira, .object([:]))
      #expect(run.id("issues_updated") == 41)
      #expect(run.id("issues_deleted") == 1)
      try await expectTrueTexts(service)
      #expect(try await found("zebra", "jira-issues", service) == 10)
      func written(_ table: String, _ before: [Int64: String]) async throws -> Set<Int64> {
        let after = try await versions(table, service)
        return Set(before.filter { after[$0.key] != $0.value }.keys)
      }
      func stored(_ jiraIDs: ArraySlice<Int64>) async throws -> Set<Int64> {
        let rows = try await service.database.pool.query(
          "select id from jira_issues where jira_id = any($1)", Array(jiraIDs))
        return try Set(rows.map { try $0.int64("id") })
      }
      let texts = try await written("jira_issue_texts", before.texts)
      #expect(try await texts == stored(changed.dropLast()))
      #expect(texts.count == 11)
      let keys = try await written("jira_issue_keys", before.keys)
      #expect(try await keys == stored(changed.suffix(2)))
      #expect(keys.count == 2)
    }
  }

  @Test func `an error's text follows its title, and not its events`() async throws {
    try await TestService.with(projects: 2, issues: 40) { service in
      let ids = try await service.connect()
      let before = try await versions("sentry_issue_texts", service)
      service.sentry.state.withLock { state in
        let issues = state.issues.keys.sorted()
        for id in issues[0..<10] { _ = state.addEvent(id) }
        state.issues[issues[10]]?.title = "Zebra crossing"
        _ = state.addEvent(issues[10])
      }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.id("issues_updated") >= 11)
      try await expectTrueTexts(service)
      #expect(try await found("zebra", "sentry-issues", service) == 1)
      let after = try await versions("sentry_issue_texts", service)
      #expect(before.filter { after[$0.key] != $0.value }.count == 1)
    }
  }

  @Test func `texts go with their issues`() async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      for (vendor, id) in [("jira", ids.jira), ("sentry", ids.sentry)] {
        #expect(try await !versions("\(vendor)_issue_texts", service).isEmpty)
        let gone = try await service.call("DELETE", "/\(vendor)-organizations/\(id)")
        #expect(gone.status == 204)
        #expect(try await versions("\(vendor)_issue_texts", service).isEmpty)
        try await expectTrueTexts(service)
      }
    }
  }

  /// - Parameter first: the first migration that comes later than the issues: the texts themselves, and their
  ///   keys.
  @Test(arguments: ["0075", "0082"])
  func `issues stored before the texts have them, also one that was just being written`(
    first: String
  ) async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "migrations-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: TestDatabase.migrations, to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let later = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0 >= first }
    for name in later { try FileManager.default.removeItem(at: folder.appending(path: name)) }
    let pool = database.pool
    _ = try await Migrator(directory: folder).migrate(pool.configuration)
    for statement in IssueCarryTests.fill { try await pool.query(statement) }
    // The indexes of a first sync are missing, and its statistics would be lost with them.
    let missing = first == "0075" ? "jira_issues_by_text" : "jira_issues_by_key"
    let run = try await pool.query(
      "insert into sync_runs (source, status) values ('links', 'running') returning id")[0].int64(0)
    try await pool.query(
      """
      insert into deferred_indexes (name, definition, statistics, sync_run_id)
      select $1, pg_get_indexdef($1::text::regclass), $2::bigint::int, $3
      """, missing, first == "0075" ? 300 : nil, run)
    try await pool.query(Statement("drop index \(missing)"))
    let writer = try Connection(pool.configuration, by: .now + .seconds(60))
    try writer.execute("begin")
    try writer.execute(
      """
      insert into jira_issues (jira_organization_id, jira_project_id, jira_id, key, summary,
        issue_type, status, status_category, jira_created_at, jira_updated_at)
      values (1, 1, 77, 'P-77', 'Late', 'Bug', 'To Do', 'new', now(), now());
      update sentry_issues set title = 'Late' where id = 3;
      """)
    async let applied = Migrator(directory: TestDatabase.migrations).migrate(pool.configuration)
    try await eventually("the migration waits for the writer") {
      try await !pool.query(
        """
        select from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and d.datname = current_database()
        """
      ).isEmpty
    }
    try writer.execute("commit")
    #expect(try await applied.count == later.count)
    let keys = try await pool.query(
      """
      select count(*) filter (where i.key = k.key and i.jira_created_at = k.jira_created_at), count(*)
      from jira_issues i full join jira_issue_keys k on k.issue_id = i.id
      """)[0]
    #expect(try keys.int(0) == keys.int(1))
    for table in Self.tables {
      let texts = try await pool.query(
        Statement("select text from \(table.texts) order by issue_id")
      ).map { try $0.text("text") }
      let wanted = try await pool.query(
        Statement(
          "select ' ' || \(table.key) || ' ' || \(table.title) as text from \(table.issues) order by id"
        )
      ).map { try $0.text("text") }
      #expect(texts == wanted)
      #expect(texts.contains { $0.hasSuffix(" Late") })
    }
    #expect(try await pool.query("select from deferred_indexes").isEmpty)
    await database.close()
  }
}
