import Foundation
import Logging
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import JobQueue
@testable import Postgres

/// Indexes that a first sync goes without.
@Suite struct DeferredIndexTests {
  /// Name, whether it may be used, and definition of every index of the issues and their texts.
  private func indexes(_ pool: PostgresPool) async throws -> [String] {
    try await pool.query(
      """
      select c.relname || ' ' || i.indisvalid || ' ' || pg_get_indexdef(c.oid)
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid in ('jira_issues'::regclass, 'jira_issue_texts'::regclass,
        'jira_issue_keys'::regclass) order by c.relname
      """
    ).map { try $0.text(0) }
  }

  /// Those of lists alone, each with what changes when it is built anew.
  private func identities(_ pool: PostgresPool) async throws -> [String] {
    try await pool.query(
      """
      select c.relname || ' ' || c.oid from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid in ('jira_issues'::regclass, 'jira_issue_texts'::regclass,
        'jira_issue_keys'::regclass)
        and not i.indisunique order by 1
      """
    ).map { try $0.text(0) }
  }

  private func missing(_ pool: PostgresPool) async throws -> Int {
    try await pool.query("select count(*) from deferred_indexes")[0].int(0)
  }

  /// A run at work, of no organization.
  private func run(_ pool: PostgresPool) async throws -> Int64 {
    try await pool.query(
      "insert into sync_runs (source, status) values ('links', 'running') returning id")[0].int64(0)
  }

  private func with(_ body: (PostgresPool, DeferredIndexes) async throws -> Void) async throws {
    let database = try await TestDatabase.make()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let deferred = DeferredIndexes(
      store: DeferredIndexStore(pool: database.pool), fewestIssues: 20_000, logger: logger)
    try await body(database.pool, deferred)
    await database.close()
  }

  @Test func `a first sync goes without the indexes of lists, and gets them back`() async throws {
    try await TestService.with(environment: ["ISSUEBRIDGE_DEFER_INDEXES_FROM": "60"]) { service in
      let pool = service.database.pool
      let before = (all: try await indexes(pool), lists: try await identities(pool))
      #expect(before.lists.count > 10)
      #expect(before.all.contains { $0.contains("jira_issue_texts_by_trigram") })
      let jira = try await service.addJira()
      let first = try await service.sync("jira", jira)
      #expect(first.text("status") == "succeeded")
      try await eventually("the indexes are built") { try await missing(pool) == 0 }
      #expect(try await indexes(pool) == before.all)
      // Every one of them is another than before.
      let built = try await identities(pool)
      #expect(Set(built).isDisjoint(with: before.lists))
      let metrics = try await service.page("/metrics", token: TestService.adminToken).text
      #expect(metrics.contains("issuebridge_deferred_indexes 0"))
      // What is there already is not worth it, however much is read.
      let again = try await service.sync("jira", jira)
      #expect(again.id("issues_unchanged") == 60)
      #expect(try await identities(pool) == built)
    }
  }

  @Test(arguments: ["61", "0"])
  func `a first sync that brings less than the setting says keeps them`(setting: String)
    async throws
  {
    try await TestService.with(environment: ["ISSUEBRIDGE_DEFER_INDEXES_FROM": setting]) {
      service in
      let before = try await identities(service.database.pool)
      let jira = try await service.addJira()
      #expect(try await service.sync("jira", jira).id("issues_created") == 60)
      #expect(try await identities(service.database.pool) == before)
    }
  }

  @Test func `a sync from the command line keeps them, since no worker may be there`() async throws
  {
    try await TestService.with(environment: ["ISSUEBRIDGE_DEFER_INDEXES_FROM": "1"]) { service in
      let before = try await identities(service.database.pool)
      let jira = try await service.addJira()
      let run = try await service.services.syncRuns.begin(
        SyncRunRequest(
          source: .jira(Int64(jira)), full: true, trigger: "cli", dryRun: false, force: false,
          projectKeys: []))
      try await service.services.syncRuns.performHere(run)
      #expect(try await service.call("GET", "/sync-runs/\(run)").id("issues_created") == 60)
      #expect(try await identities(service.database.pool) == before)
    }
  }

  @Test func `lists say the same without them`() async throws {
    try await TestService.with { service in
      _ = try await service.connect()
      let key = try await service.call("GET", "/jira-issues?limit=1").data[0]["key"]?.stringValue
      let paths = [
        "/jira-issues?limit=200", "/jira-issues?status_category=done&limit=5",
        "/jira-issues?q=\(key ?? "")&limit=200", "/jira-issues?sort=-jira_created_at&limit=200",
        "/jira-issues?sort=key&limit=200",
      ]
      var before: [JSONValue] = []
      for path in paths { before.append(try await service.call("GET", path).json) }
      #expect(before.map { $0["data"]?.arrayValue?.isEmpty } == paths.map { _ in false })
      let pool = service.database.pool
      let dropped = try await service.services.deferredIndexes.store.drop(
        for: run(pool), unlessMoreThan: 1000)
      #expect(dropped.count > 10)
      #expect(try await identities(pool).isEmpty)
      for (path, answer) in zip(paths, before) {
        #expect(try await service.call("GET", path).json == answer, "\(path)")
      }
    }
  }

  @Test func `a run that takes long gets them back after a minute`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      try await deferred.put(off: 20_000, by: try await run(pool))
      let dropped = try await missing(pool)
      #expect(dropped > 10)
      try await deferred.build()
      #expect(try await missing(pool) == dropped)
      try await pool.query(
        "update deferred_indexes set deferred_at = now() - interval '61 seconds'")
      try await deferred.build()
      #expect(try await missing(pool) == 0)
      #expect(try await indexes(pool) == before)
    }
  }

  @Test func `those of a run that is gone are built at once`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      let id = try await run(pool)
      try await deferred.put(off: 20_000, by: id)
      try await pool.query("update sync_runs set status = 'failed' where id = $1", id)
      try await deferred.build()
      #expect(try await indexes(pool) == before)
    }
  }

  @Test func `a build that was broken off is done again`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      let id = try await run(pool)
      try await deferred.put(off: 20_000, by: id)
      // As a concurrent build leaves it when its connection dies.
      let definition = try await pool.query(
        "select definition from deferred_indexes where name = 'jira_issue_keys_by_key'")[0].text(0)
      try await pool.query(Statement(definition))
      let superuser = PostgresPool(
        configuration: PostgresConfiguration(
          conninfo: pool.configuration.conninfo.replacing("user=issuebridge", with: "user=postgres")
        ))
      try await superuser.start()
      try await superuser.query(
        """
        update pg_index set indisvalid = false where indexrelid = 'jira_issue_keys_by_key'::regclass
        """)
      await superuser.close()
      // And one whose row was still to be deleted.
      let other = try await pool.query(
        "select definition from deferred_indexes where name = 'jira_issues_by_status'")[0].text(0)
      try await pool.query(Statement(other))
      try await pool.query("delete from sync_runs where id = $1", id)
      try await deferred.build()
      #expect(try await missing(pool) == 0)
      #expect(try await indexes(pool) == before)
    }
  }

  @Test func `they stay where much is stored, or the table is held by others`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      let id = try await run(pool)
      try await deferred.put(off: 19_999, by: id)
      #expect(try await missing(pool) == 0)
      let holder = try Connection(pool.configuration, by: .now + .seconds(30))
      try holder.execute("begin; lock table jira_issues in row exclusive mode")
      try await deferred.put(off: 20_000, by: id)
      #expect(try await missing(pool) == 0)
      try holder.execute("rollback")
      try await pool.query(
        """
        with organization as (
          insert into jira_organizations (name, base_url, username)
          values ('a', 'https://a.atlassian.net', 'a') returning id),
        project as (
          insert into jira_projects (jira_organization_id, jira_id, key, name)
          select id, 1, 'A', 'A' from organization returning id)
        insert into jira_issue_counts (jira_project_id, status_category, issues)
        select id, 'done', 5001 from project
        """)
      try await deferred.put(off: 20_003, by: id)
      #expect(try await missing(pool) == 0)
      #expect(try await indexes(pool) == before)
      try await pool.query("update jira_issue_counts set issues = 20001")
      try await deferred.put(off: 10_000_000, by: id)
      #expect(try await missing(pool) == 0)
      try await pool.query("update jira_issue_counts set issues = 20000")
      try await deferred.put(off: 80_000, by: id)
      #expect(try await missing(pool) > 10)
    }
  }

  @Test func `they stay where a build would take the only connection`() async throws {
    let database = try await TestDatabase.make { $0.writeConnections = 1 }
    let pool = database.pool
    let deferred = DeferredIndexes(
      store: DeferredIndexStore(pool: pool), fewestIssues: 1,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await deferred.put(off: 20_000, by: try await run(pool))
    #expect(try await missing(pool) == 0)
    await database.close()
  }

  @Test func `one that cannot be built stops none of the others`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      let id = try await run(pool)
      try await deferred.put(off: 20_000, by: id)
      try await pool.query("update sync_runs set status = 'cancelled' where id = $1", id)
      let name = "jira_issues_by_assignee"
      let definition = try await pool.query(
        "select definition from deferred_indexes where name = $1", name)[0].text(0)
      let change: Statement = "update deferred_indexes set definition = $2 where name = $1"
      try await pool.query(change, name, "CREATE INDEX \(name) ON nowhere (a)")
      let error = await #expect(throws: PostgresError.self) { try await deferred.build() }
      #expect(error?.sqlState == "42P01")
      #expect(try await missing(pool) == 1)
      try await pool.query(change, name, definition)
      try await deferred.build()
      #expect(try await indexes(pool) == before)
    }
  }

  @Test func `one that somebody else has built is not built again`() async throws {
    try await with { pool, deferred in
      try await deferred.put(off: 20_000, by: try await run(pool))
      let due = try await deferred.store.due(after: 0)
      #expect(due.count > 10)
      try await pool.query("select before_migrations()::text")
      try await pool.query("alter index jira_issue_keys_by_key rename to jira_issue_keys_by_name")
      let before = try await identities(pool)
      for index in due {
        #expect(try await !deferred.store.build(index, limit: .seconds(60)))
      }
      #expect(try await identities(pool) == before)
    }
  }

  /// They would wait for each other: the syncs in progress may be all the long jobs there can be.
  @Test func `the build is none of the jobs that syncs take the places of`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let registry = Jobs.registry(service.services)
      #expect(registry.kinds(long: true).contains(RunSync.kind))
      #expect(registry.kinds(long: false).contains(BuildDeferredIndexes.kind))
    }
  }

  @Test func `a migration finds every index in its place`() async throws {
    try await with { pool, deferred in
      let before = try await indexes(pool)
      try await deferred.put(off: 20_000, by: try await run(pool))
      let folder = FileManager.default.temporaryDirectory.appending(
        path: "migrations-\(UUID().uuidString)")
      try FileManager.default.copyItem(at: TestDatabase.migrations, to: folder)
      defer { try? FileManager.default.removeItem(at: folder) }
      let migrator = Migrator(directory: folder)
      #expect(try await migrator.migrate(pool.configuration).isEmpty)
      #expect(try await missing(pool) > 10)
      try Data("alter index jira_issue_texts_by_trigram rename to jira_issue_texts_by_words".utf8)
        .write(to: folder.appending(path: "9999_words.sql"))
      #expect(try await migrator.migrate(pool.configuration).count == 1)
      #expect(try await missing(pool) == 0)
      let after = try await indexes(pool).map {
        $0.replacing("jira_issue_texts_by_words", with: "jira_issue_texts_by_trigram")
      }
      #expect(after.sorted() == before.sorted())
    }
  }
}
