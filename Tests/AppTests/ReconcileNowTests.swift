import Foundation
import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// The drift check that somebody asks for.
@Suite struct ReconcileNowTests {
  @Test func `a check that is asked for repairs, and says what it found`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let done = try await service.ticket()
      let resolved = try await service.ticket()
      _ = try await service.ticket()
      try await service.act(.jira, "issues/\(done.key)/transition", ["to": "Done"])
      try await service.act(.sentry, "issues/\(resolved.short)/status", ["status": "resolved"])

      let started = try await service.call("POST", "/reconciliations")
      #expect(started.status == 202)
      #expect(started.headerFields["location"] == "/api/v1/sync-runs/\(started.id("id"))")
      #expect(started.text("source") == "links")
      #expect(started.text("trigger") == "manual")
      #expect(started.json["scope"] == .null)
      let run = try await service.finished(run: started.id("id"))
      #expect(run.text("status") == "succeeded", "\(run.json)")
      #expect(run.id("links_synced") == 3)
      #expect(run.id("links_drifted") == 2)
      #expect(run.id("links_repaired") == 2)
      #expect(run.json["progress"] == ["done": 3, "total": 3])
      // When it has ended all is done already, and the timelines tell of it.
      #expect(service.sentry.status(of: done.short) == "resolved")
      #expect(service.jira.statusName(of: resolved.key) == "Done")
      for link in [done.link, resolved.link] {
        let events = try await service.call("GET", "/links/\(link)/events").data
        #expect(events.contains { $0["cause"] == "drift check" && $0["outcome"] == "applied" })
      }
      let audited = try await service.call(
        "GET", "/audit-events?resource_type=sync_run&resource_id=\(run.id("id"))"
      ).data
      #expect(audited.map { $0["actor"] } == ["bootstrap"])

      let again = try await service.call("POST", "/reconciliations", [:])
      let quiet = try await service.finished(run: again.id("id"))
      #expect(quiet.id("links_drifted") == 0)
      #expect(quiet.id("links_repaired") == 0)
    }
  }

  @Test func `two checks never work at once, and one can be stopped`() async throws {
    try await TestService.with { service in
      try await service.connect()
      _ = try await service.ticket()
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 10_000
      service.jira.faults = faults
      let first = try await service.call("POST", "/reconciliations")
      #expect(first.status == 202)
      let second = try await service.call("POST", "/reconciliations")
      #expect(second.status == 409)
      #expect(second.json["sync_run"]?["id"]?.wholeNumber == first.id("id"))
      await #expect(throws: Problem.self) {
        try await service.services.reconciliation.beginHere(ReconciliationScope())
      }
      // The periodic job leaves it to the one at work.
      try await ReconcileLinks().perform(service.services)
      let stopped = try await service.call(
        "POST", "/sync-runs/\(first.id("id"))/cancellations")
      #expect(stopped.status == 202)
      let ended = try await service.finished(run: first.id("id"))
      #expect(ended.text("status") == "cancelled")
      service.jira.faults = SandboxFaults()
      let third = try await service.call("POST", "/reconciliations")
      #expect(third.status == 202)
      _ = try await service.finished(run: third.id("id"))
    }
  }

  @Test func `a check can be of some organizations only`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      _ = try await service.ticket()
      let other = try await service.call(
        "POST", "/sentry-organizations",
        [
          "name": "other", "slug": "other", "base_url": .string(service.sentry.baseURL),
          "auth_token": "token",
        ]
      ).id("id")
      let scopes: [(name: String, id: Int, links: Int)] = [
        ("jira_organization_ids", ids.jira, 1), ("sentry_organization_ids", ids.sentry, 1),
        ("sentry_organization_ids", other, 0),
      ]
      for (name, id, links) in scopes {
        let started = try await service.call(
          "POST", "/reconciliations", .object([name: [JSONValue(id)]]))
        let run = try await service.finished(run: started.id("id"))
        #expect(run.id("links_synced") == links, "\(name) \(id)")
        #expect(run.text("status") == "succeeded")
        #expect(run.json["scope"]?[name] == [JSONValue(id)])
      }
      let refused = try await service.call(
        "POST", "/reconciliations",
        ["jira_organization_ids": [999], "sentry_organization_ids": [999], "force": true])
      #expect(refused.status == 422)
      let missing = try await service.call(
        "POST", "/reconciliations", ["jira_organization_ids": [999]])
      #expect(missing.status == 422)
      #expect(missing.json["errors"]?.arrayValue?.first?["pointer"] == "/jira_organization_ids")
    }
  }

  @Test func `what cannot be repaired now is told, and left to a job`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      try await service.act(.sentry, "issues/\(made.short)/status", ["status": "resolved"])
      var faults = SandboxFaults()
      faults.serverError = 1
      faults.only = "/transitions"
      service.jira.faults = faults
      let started = try await service.call("POST", "/reconciliations")
      let run = try await service.finished(run: started.id("id"))
      #expect(run.text("status") == "partial", "\(run.json)")
      #expect(run.id("links_drifted") == 1)
      #expect(run.id("links_repaired") == 0)
      let told = run.json["errors"]?.arrayValue?.first?["detail"]?.stringValue ?? ""
      #expect(told.contains("link \(made.link)"))
      service.jira.faults = SandboxFaults()
      try await eventually("the job carries it over", within: .seconds(60)) {
        service.jira.statusName(of: made.key) == "Done"
      }
    }
  }

  @Test func `a ticket that is gone is found, and a check that died stands in nobody's way`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      try await service.act(.jira, "issues/\(made.key)/delete")
      let dead = try await service.database.pool.query(
        """
        insert into sync_runs (source, status, created_at, heartbeat_at)
        values ('links', 'running', now() - interval '1 hour', now() - interval '2 minutes')
        returning id
        """)[0].int64("id")
      let run = try await service.reconcile()
      #expect(run.text("trigger") == "cli")
      #expect(run.id("links_drifted") == 1)
      #expect(run.id("links_repaired") == 0)
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "broken")
      #expect(try await service.call("GET", "/sync-runs/\(dead)").text("status") == "failed")
    }
  }

  @Test func `a check whose worker died is taken up by another`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      let id = try await service.services.reconciliation.store.insert(
        trigger: "manual", ReconciliationScope(), enqueuesJob: false)
      // As the dead one left it: begun, half counted.
      _ = try await service.database.pool.query(
        """
        update sync_runs set status = 'running', started_at = now(), heartbeat_at = now(),
          links_synced = 7, links_drifted = 7 where id = $1
        """, id)
      try await ReconcileLinks(runID: id).perform(service.services)
      let run = try await service.call("GET", "/sync-runs/\(id)")
      #expect(run.text("status") == "succeeded")
      #expect(run.id("links_synced") == 1)
      #expect(run.id("links_drifted") == 1)
      #expect(service.sentry.status(of: made.short) == "resolved")
    }
  }

  @Test func `the command line checks, tells what came of it, and ends with the code for it`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.ticket()
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      let hosts = [service.jira.baseURL, service.sentry.baseURL]
        .map { $0.replacing("http://", with: "") }.joined(separator: ",")
      let command = try ServiceProcess(
        database: service.database.conninfo, vendorHosts: hosts)
      let json = try command.run("reconcile", "--json")
      #expect(json.code == 0, "\(json.output)")
      let line = try #require(json.output.split(separator: "\n").last)
      let run = try JSONValue(parsing: Array(line.utf8))
      #expect(run["links_repaired"] == 1)
      #expect(run["trigger"] == "cli")
      #expect(service.sentry.status(of: made.short) == "resolved")
      let audited = try await service.call(
        "GET", "/audit-events?resource_type=sync_run&resource_id=\(run["id"]?.wholeNumber ?? 0)"
      ).data
      #expect(audited.map { $0["cause"] } == ["cli"])

      let plain = try command.run("reconcile", "--org", "acme")
      #expect(plain.code == 0)
      #expect(plain.output.contains("succeeded: 1 links checked, 0 found apart, 0 repaired."))
      let nobody = try command.run("reconcile", "--org", "nobody")
      #expect(nobody.code == 1)
      #expect(nobody.output.contains("There is no organization named 'nobody'."))
      #expect(try command.run("reconcile", "--now").code == 2)
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      let failed = try command.run("reconcile")
      #expect(failed.code == 1)
      #expect(failed.output.contains("jira organization"))
    }
  }
}
