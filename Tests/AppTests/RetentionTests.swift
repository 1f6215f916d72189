import Foundation
import JobQueue
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct RetentionTests {
  private func count(_ pool: PostgresPool, _ sql: String) async throws -> Int {
    try await pool.query(Statement("select count(*) from \(sql)"))[0].int(0)
  }

  private func store(
    _ pool: PostgresPool, _ retention: String, batch: Int = 7, linksTogether: Int = 2
  ) throws -> RetentionStore {
    RetentionStore(
      pool: pool, retention: try Retention(parsing: retention), batch: batch,
      linksTogether: linksTogether)
  }

  /// A service whose own first pruning is over, so that it does not take what the test counts.
  private func with(
    projects: Int = 3, issues: Int = 60, _ body: (TestService) async throws -> Void
  ) async throws {
    try await TestService.with(projects: projects, issues: issues) { service in
      try await eventually("the first pruning is over", within: .seconds(60)) {
        try await count(
          service.database.pool, "jobs where kind = 'prune_history' and state = 'completed'") == 1
      }
      try await body(service)
    }
  }

  /// Links of their own to hang events on.
  private func links(_ service: TestService, _ count: Int) async throws -> [Int64] {
    try await service.connect()
    return try await service.database.pool.query(
      """
      insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state, created_by)
      select s.id, j.id, j.jira_project_id, 'manual', 'active', 'test'
      from (select id, row_number() over (order by id) as n from sentry_issues) s
      join (select id, jira_project_id, row_number() over (order by id) as n from jira_issues) j
        using (n)
      order by n limit $1 returning id
      """, count
    ).map { try $0.int64(0) }
  }

  @Test func `of a link's timeline the newest events stay however old, and the young however many`()
    async throws
  {
    try await with { service in
      let pool = service.database.pool
      let ids = try await links(service, 5)
      // Each has 40 events of 100 days ago; the first and the last have 30 of today after them.
      for (link, age, events) in ids.map({ ($0, 100, 40) }) + [(ids[0], 0, 30), (ids[4], 0, 30)] {
        _ = try await pool.query(
          """
          insert into link_events (link_id, occurred_at, cause, decision, reason, outcome)
          select $1, now() - make_interval(days => $2::bigint::int), 'test', 'nothing', n::text,
            'nothing' from generate_series(1, $3) n
          """, link, age, events)
      }
      let deleted = try await store(pool, "link_events=90,link_events_kept=20").prune()
      #expect(deleted["link_events"] == 3 * 20 + 2 * 40)
      for id in ids.dropFirst().dropLast() {
        let reasons = try await pool.query(
          "select array_agg(reason order by id) from link_events where link_id = $1", id)[0]
          .textArray(0)
        #expect(reasons == (21...40).map(String.init))
      }
      for id in [ids[0], ids[4]] {
        #expect(try await count(pool, "link_events where link_id = \(id)") == 30)
      }
      #expect(try await store(pool, "link_events=90,link_events_kept=20").prune() == [:])
    }
  }

  @Test func `deliveries go by their age and end, also behind older ones that stay`() async throws {
    try await with(projects: 1, issues: 1) { service in
      let pool = service.database.pool
      let jira = try await service.addJira()
      for (state, age, rows) in [
        ("failed", 100, 5), ("failed", 20, 30), ("processed", 20, 30), ("ignored", 15, 3),
        ("pending", 20, 2), ("processed", 13, 4),
      ] {
        _ = try await pool.query(
          """
          insert into webhook_deliveries (source, jira_organization_id, delivery_key, event, headers,
            state, processed_at, received_at, next_attempt_at)
          select 'jira', $1, gen_random_uuid()::text, 'test', '{}', $2,
            case when $2 <> 'pending' then now() end, now() - make_interval(days => $3::bigint::int),
            now() + interval '1 day'
          from generate_series(1, $4)
          """, Int64(jira), state, age, rows)
      }
      let deleted = try await store(pool, "").prune()
      #expect(deleted["webhook_deliveries"] == 5 + 30 + 3)
      let left = try await pool.query(
        "select state, count(*) from webhook_deliveries group by 1 order by 1"
      ).map { "\(try $0.text(0)) \(try $0.int(1))" }
      #expect(left == ["failed 30", "pending 2", "processed 4"])
    }
  }

  @Test func `the run that a schedule goes by stays`() async throws {
    try await with(projects: 1, issues: 1) { service in
      let pool = service.database.pool
      let jira = try await service.addJira()
      _ = try await pool.query(
        """
        insert into sync_runs (source, jira_organization_id, status, dry_run, project_keys, finished_at)
        select 'jira', $1, 'succeeded', n = 19, case when n = 20 then '{WEB}' else '{}' end::text[],
          now() - interval '100 days' + n * interval '1 minute'
        from generate_series(1, 20) n order by n
        """, Int64(jira))
      _ = try await pool.query(
        """
        insert into sync_runs (source, status, finished_at)
        select 'links', 'succeeded', now() - interval '91 days' from generate_series(1, 20)
        """)
      _ = try await store(pool, "sync_runs=90").prune()
      #expect(try await count(pool, "sync_runs where source = 'jira'") == 1)
      #expect(
        try await count(
          pool, "sync_runs where source = 'jira' and not dry_run and project_keys = '{}'") == 1)
      #expect(try await count(pool, "sync_runs where source = 'links'") == 1)
    }
  }

  @Test func `audit events, writes, batches, keys and what gone organizations left are pruned`()
    async throws
  {
    try await with(projects: 1, issues: 3) { service in
      let pool = service.database.pool
      let link = try await links(service, 1)[0]
      let events = try await count(pool, "audit_events")
      for sql in [
        """
        insert into audit_events (actor, cause, action, resource_type, resource_id, occurred_at)
        select 'old', 'api', 'created', 'product', 1, now() - interval '731 days'
        from generate_series(1, 20)
        """,
        """
        insert into vendor_writes (link_id, vendor, expected, written_at)
        select \(link), 'jira', 'done', now() - n * interval '1 day' from generate_series(21, 40) n
        """,
        """
        insert into ticket_batches (request, created_by, status, finished_at)
        select '{}', 'test', 'succeeded', now() - n * interval '1 day' from generate_series(81, 100) n
        """,
        """
        insert into webhook_hours (hour, source, deliveries)
        select date_trunc('hour', now()) - n * interval '1 day', 'jira', 1
        from generate_series(391, 410) n
        """,
        """
        insert into idempotency_keys (owner, key, request_sha256, lease_until, created_at)
        select 'test', n::text, '', now(), now() - n * interval '1 hour' from generate_series(15, 34) n
        """,
        """
        insert into console_sessions (session_sha256, bootstrap_proof, expires_at)
        select decode(lpad((n + 100)::text, 64, '0'), 'hex'), '', now() - n * interval '1 hour'
        from generate_series(-9, 10) n
        """,
        """
        insert into vendor_budgets (source, organization_id, endpoint, noted_at)
        select 'sentry', 999999, n::text, now() from generate_series(1, 20) n
        """,
        "insert into sync_memories (source, organization_id) values ('jira', 999999)",
        """
        insert into webhook_refusals (source, organization_id, reason, refusals)
        values ('jira', 999999, 'forged', 3)
        """,
      ] { _ = try await pool.query(Statement(sql)) }
      let own = try await count(pool, "vendor_budgets where organization_id <> 999999")
      let deleted = try await store(pool, "").prune()
      let wanted = [
        "audit_events": 20, "vendor_writes": 11, "ticket_batches": 11, "webhook_hours": 11,
        "idempotency_keys": 11, "console_sessions": 11, "vendor_budgets": 20, "sync_memories": 1,
        "webhook_refusals": 1,
      ]
      #expect(deleted == wanted)
      // Pruning itself leaves no trace in the audit, and spares what is young.
      #expect(try await count(pool, "audit_events where actor <> 'old'") >= events)
      #expect(try await count(pool, "audit_events where actor = 'old'") == 0)
      #expect(try await count(pool, "vendor_budgets where organization_id <> 999999") >= own)
    }
  }

  @Test func `the service prunes by itself`() async throws {
    try await TestService.with(
      projects: 1, issues: 1, environment: ["ISSUEBRIDGE_RETENTION": "audit_events=10"]
    ) { service in
      let pool = service.database.pool
      _ = try await pool.query(
        """
        insert into audit_events (actor, cause, action, resource_type, resource_id, occurred_at)
        values ('old', 'api', 'created', 'product', 1, now() - interval '11 days')
        """)
      #expect(Jobs.periodic(service.services).contains { $0.name == PruneHistory.kind })
      try await service.services.jobs.enqueue(PruneHistory(), in: pool)
      try await eventually("the old event is gone", within: .seconds(60)) {
        try await self.count(pool, "audit_events where actor = 'old'") == 0
      }
    }
  }

  @Test func `retentions are read, and mistakes named`() throws {
    let retention = try Retention(parsing: "audit_events=365, link_events_kept=10,completed_jobs=2")
    #expect(retention["audit_events"] == 365)
    #expect(retention["link_events_kept"] == 10)
    #expect(retention["sync_runs"] == 90)
    #expect(retention.jobs.completed == .seconds(2 * 86_400))
    #expect(retention.jobs.discarded == .seconds(90 * 86_400))
    for text in [
      "audit=3", "audit_events", "audit_events=0", "audit_events=1.5", "sync_runs=99999",
    ] {
      #expect(throws: Retention.Invalid.self) { try Retention(parsing: text) }
      #expect(throws: Configuration.Invalid.self) {
        try Configuration(environment: ["ISSUEBRIDGE_RETENTION": text])
      }
    }
  }

  /// Whoever adds a table says how long its rows are kept.
  @Test func `docs/operations.md says of every table how long it is kept`() async throws {
    let root = TestDatabase.migrations.deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
    let section = text.components(separatedBy: "## What is kept")[1]
      .components(separatedBy: "\n## ")[0]
    let database = try await TestDatabase.make()
    let tables = try await database.pool.query(
      "select tablename::text from pg_tables where schemaname = 'public' order by 1"
    ).map { try $0.text(0) }
    await database.close()
    #expect(tables.count > 20)
    #expect(tables.filter { !section.contains("`\($0)`") } == [])
    // And what it says is what holds.
    for (name, days) in Retention.usual {
      #expect(section.contains("`\(name)` (\(days))"), "the retention \(name)")
    }
  }
}
