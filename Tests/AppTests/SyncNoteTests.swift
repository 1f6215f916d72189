import Foundation
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Postgres
@testable import Sandbox

/// What a run notes of its lists is what another try goes on from.
@Suite struct SyncNoteTests {
  @Test func `no page is noted as stored before all pages before it are`() async throws {
    try await TestService.with(projects: 2, issues: 400) { service in
      let ids = try await service.connect()
      // The list has the newest first: a page of both projects, and a page of one.
      func change(_ count: Int, ofProject position: Int, _ summary: String) async throws {
        service.jira.state.withLock { state in
          let some = state.issues.values.filter {
            $0.projectID % 2 == position && !$0.summary.hasPrefix("Changed")
          }
          for issue in some.prefix(count) { state.update(issue.id) { $0.summary = summary } }
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      try await change(100, ofProject: 0, "Changed early")
      try await change(70, ofProject: 0, "Changed late")
      try await change(30, ofProject: 1, "Changed late elsewhere")
      let pool = service.database.pool
      let holder = try Connection(pool.configuration, by: .now + .seconds(60))
      try holder.execute("begin")
      try holder.query(
        """
        select 1 from jira_issues i join jira_projects p on p.id = i.jira_project_id
        where p.jira_id % 2 = 1 for update of i
        """)
      async let running = service.sync("jira", ids.jira, .object([:]))
      try await eventually("the second page is stored") {
        try await pool.query(
          "select count(*) from jira_issues where summary in ('Changed early', 'Changed late')")[0]
          .int(0) == 170
      }
      let noted = try await pool.query(
        "select coalesce(sum(pages), 0)::bigint, max(next_page) from sync_readings")[0]
      #expect(try noted.int(0) == 0)
      #expect(try noted.textOrNil(1) == nil)
      // The first page fails; what takes the run up again must not go on after the second.
      try await pool.query(
        """
        select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
        """)
      try holder.execute("rollback")
      let run = try await running
      #expect(run.text("status") == "succeeded")
      let changed = try await pool.query(
        "select count(*) from jira_issues where summary like 'Changed%'")[0].int(0)
      #expect(changed == 200)
    }
  }

  @Test func `a list that an earlier try ended is not read again, and its watermark is set`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connect()
      let runs = service.services.syncRuns
      let pool = service.database.pool
      let run = try await runs.begin(
        SyncRunRequest(
          source: .jira(Int64(ids.jira)), full: true, trigger: "cli", dryRun: false, force: false,
          projectKeys: []))
      try await pool.query("update jira_projects set watermark = null, last_synced_at = null")
      try await pool.query(
        """
        insert into sync_readings (sync_run_id, name, query, started_at, ended_at)
        select $1, 'project ' || id, '', now(), now() from jira_projects
        """, run)
      service.jira.resetStats()
      try await runs.performHere(run)
      #expect(service.jira.stats.requests["POST rest/api/3/search/jql"] == nil)
      let left = try await pool.query(
        "select count(*) from jira_projects where watermark is null or last_synced_at is null")[0]
        .int(0)
      #expect(left == 0)
    }
  }

  @Test func `changes that an earlier try read to their end are not read again`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let runs = service.services.syncRuns
      let pool = service.database.pool
      service.jira.state.withLock { state in
        for id in state.issues.keys where id % 3 == 0 { state.update(id) { $0.priorityID = "1" } }
      }
      // It dies after its last page is stored and noted, before the watermarks are.
      try await pool.query(
        """
        create function dies() returns trigger language plpgsql as $$
        begin
          raise object_in_use using message = 'the database is busy';
        end $$
        """)
      try await pool.query(
        """
        create trigger dies before update of watermark on jira_projects
        for each row execute function dies()
        """)
      let request = SyncRunRequest(
        source: .jira(Int64(ids.jira)), full: false, trigger: "cli", dryRun: false, force: false,
        projectKeys: [])
      let run = try await runs.begin(request)
      await #expect(throws: PostgresError.self) { try await runs.performHere(run) }
      let noted = try await pool.query(
        """
        select count(*), bool_and(ended_at is not null), max(next_page), sum(issues_updated)::bigint
        from sync_readings
        """)[0]
      #expect(try noted.int(0) == 1)
      #expect(try noted.bool(1))
      #expect(try noted.textOrNil(2) == nil)
      #expect(try noted.int(3) > 0)
      try await pool.query("drop trigger dies on jira_projects")
      service.jira.resetStats()
      try await runs.performHere(run)
      #expect(service.jira.stats.requests["POST rest/api/3/search/jql"] == nil)
      let ended = try await service.finished(run: Int(run))
      #expect(ended.text("status") == "succeeded")
      #expect(ended.id("issues_updated") == (try noted.int(3)))
      let read = try await pool.query(
        "select bool_and(watermark >= (select started_at from sync_runs where id = $1)) from jira_projects",
        run)[0].bool(0)
      #expect(read)
    }
  }

  @Test func `a run says soon how much it has before it, while Jira has not answered yet`()
    async throws
  {
    try await TestService.with(projects: 3) { service in
      let ids = try await service.connect()
      service.jira.faults.latencyMilliseconds = 4000
      let begun = try await service.call(
        "POST", "/jira-organizations/\(ids.jira)/sync-runs", .object([:]))
      let id = begun.id("id")
      try await eventually("the total is there") {
        let run = try await service.call("GET", "/sync-runs/\(id)")
        #expect(run.id("issues_seen") == 0)
        return run.id("progress", "total") == 3
      }
      service.jira.faults.latencyMilliseconds = 0
      #expect(try await service.finished(run: id).text("status") == "succeeded")
    }
  }
}
