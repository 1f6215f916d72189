import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

extension TestService {
  /// How many issues are stored and live, as the lists show them.
  func live(_ vendor: String = "jira") async throws -> Int {
    try await database.pool.query(
      Statement("select count(*) as n from \(vendor)_issues where deleted_at is null"))[0].int("n")
  }

  fileprivate func connection(_ id: Int, _ vendor: String = "jira") async throws -> (
    status: String, error: String
  ) {
    let organization = try await call("GET", "/\(vendor)-organizations/\(id)")
    return (organization.text("connection_status"), organization.text("connection_error"))
  }

  /// Tickets for the first open errors, each with its link.
  fileprivate func tickets(_ count: Int) async throws -> [(link: Int, key: String, short: String)] {
    var made: [(link: Int, key: String, short: String)] = []
    for _ in 0..<count { made.append(try await ticket()) }
    return made
  }

  /// An update of a ticket, as Jira's webhook tells it.
  fileprivate func deliverUpdate(
    _ organization: Int, _ key: String, event: String = "jira:issue_updated"
  ) async throws -> Int {
    let issue = try #require(jira.state.withLock { $0.issue(key) })
    let body = #"{"webhookEvent":"\#(event)","issue":{"id":"\#(issue.id)","key":"\#(key)"}}"#
    let answer = try await deliverJira(
      organization, Array(body.utf8), identifier: UUID().uuidString)
    #expect(answer.status == 202)
    return Int(issue.id)
  }

  fileprivate func settled(_ what: String, _ count: Int = 1) async throws -> [JSONValue] {
    try await eventually(what) {
      try await self.call("GET", "/webhook-deliveries?limit=200").data.filter {
        ($0["attempts"]?.wholeNumber ?? 0) > 0 && $0["reason"] != .null
      }.count >= count
    }
    return try await call("GET", "/webhook-deliveries?limit=200").data
  }
}

/// What is not there is not deleted for that.
@Suite struct AbsenceTests {
  enum Login: String, CaseIterable, Sendable {
    case failed = "AUTHENTICATED_FAILED"
    case out = "OUT"
    case denied = "AUTHENTICATION_DENIED"
    /// A gateway strips the header.
    case stripped = ""
  }

  @Test(arguments: Login.allCases)
  func `an expired token deletes nothing, and a sync fails as unauthorized`(
    login: Login
  ) async throws {
    try await TestService.with(projects: 2, issues: 60) { service in
      let ids = try await service.connect()
      let made = try await service.ticket()
      service.jira.access.isTokenExpired = true
      service.jira.access.loginReason = login == .stripped ? nil : login.rawValue
      for mode in ["incremental", "full"] {
        let run = try await service.sync("jira", ids.jira, ["mode": .string(mode)])
        #expect(run.text("status") == "failed", "\(run.json)")
        #expect(run.id("issues_deleted") == 0)
        let connection = try await service.connection(ids.jira)
        #expect(connection.status == "unauthorized")
        if login == .failed { #expect(connection.error.contains("token")) }
      }
      #expect(try await service.live() == 61)
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")
      let chosen = try await service.sync("jira", ids.jira, ["project_keys": ["WEB"]])
      #expect(chosen.text("status") == "failed", "\(chosen.json)")
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-1") })
      service.jira.state.withLock { $0.update(issue.id) { $0.summary = "Changed meanwhile" } }
      service.jira.access.isTokenExpired = false
      let run = try await service.sync("jira", ids.jira, [:])
      #expect(run.text("status") == "succeeded")
      #expect(try await service.connection(ids.jira).status == "connected")
      // What an anonymous reading passed over is not taken for read.
      #expect(try await service.call("GET", "/jira-issues?q=meanwhile").data.count == 1)
    }
  }

  @Test func `an expired token over many tickets and links does no harm, and a new one goes on`()
    async throws
  {
    try await TestService.with(projects: 3, issues: 300) { service in
      let ids = try await service.connectWebhooks(registers: false)
      let made = try await service.tickets(10)
      func links() async throws -> [String] {
        try await made.map(\.link).asyncMap {
          try await service.call("GET", "/links/\($0)").text("state")
        }
      }
      let before = try await service.live()
      let errorsBefore = try await service.live("sentry")
      service.jira.access.isTokenExpired = true
      service.sentry.faults.unauthorized = 1
      for ticket in made { _ = try await service.deliverUpdate(ids.jira, ticket.key) }
      let deliveries = try await service.settled("the webhooks were tried", 10)
      #expect(deliveries.allSatisfy { $0["state"] == "pending" || $0["state"] == "failed" })
      #expect(
        deliveries.allSatisfy { $0["reason"]?.stringValue?.contains("token") == true },
        "\(deliveries.first ?? .null)")
      let check = try await service.reconcile()
      #expect(["partial", "failed"].contains(check.text("status")))
      for vendor in ["jira", "sentry"] {
        let id = vendor == "jira" ? ids.jira : ids.sentry
        for mode in ["incremental", "full"] {
          let run = try await service.sync(vendor, id, ["mode": .string(mode)])
          #expect(run.text("status") == "failed", "\(vendor): \(run.json)")
        }
        #expect(try await service.connection(id, vendor).status == "unauthorized")
      }
      #expect(try await service.live() == before)
      #expect(try await service.live("sentry") == errorsBefore)
      #expect(try await links() == Array(repeating: "active", count: 10))
      let hidden = try await service.database.pool.query(
        "select count(*) as n from jira_issues where not_visible_since is not null")
      #expect(try hidden[0].int("n") == 0)

      service.jira.access.isTokenExpired = false
      service.sentry.faults.unauthorized = 0
      try await service.act(.jira, "issues/\(made[0].key)/transition", ["to": "Done"])
      for (vendor, id) in [("jira", ids.jira), ("sentry", ids.sentry)] {
        #expect(try await service.sync(vendor, id, [:]).text("status") == "succeeded")
        #expect(try await service.connection(id, vendor).status == "connected")
      }
      try await eventually("the change is carried over") {
        service.sentry.status(of: made[0].short) == "resolved"
      }
      #expect(try await links() == Array(repeating: "active", count: 10))
    }
  }

  @Test func `issues that Jira could not give now are asked for again, and stay`() async throws {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      let keys = (1...6).map { "WEB-\($0)" }
      let issues = keys.compactMap { key in service.jira.state.withLock { $0.issue(key) } }
      // The first is given, the second the second time, the others never.
      service.jira.access.unavailableIssues = Dictionary(
        issues.dropFirst().map { ($0.id, Int.max) }
      ) { $1 }
      service.jira.access.unavailableIssues[issues[1].id] = 1
      for key in keys { _ = try await service.deliverUpdate(ids.jira, key) }
      _ = try await service.settled("all were tried", 6)
      #expect(try await service.live() == 60)
      let waiting = try await service.call("GET", "/webhook-deliveries?state=pending").data
      #expect(waiting.count >= 4)
      service.jira.access.unavailableIssues = [:]
      service.jira.state.withLock { $0.delete(issues[5].id) }
      let run = try await service.sync("jira", ids.jira)
      #expect(run.id("issues_deleted") == 1)
    }
  }

  @Test func `of an issue in a listing that Jira cannot give, the run says so`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-4") })
      // Search does not list it, and a bulk fetch cannot give it.
      service.jira.state.withLock { $0.visibleAt[issue.id] = .distantFuture }
      service.jira.access.unavailableIssues = [issue.id: .max]
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "partial")
      #expect(run.id("issues_deleted") == 0)
      let error = run.json["errors"]?.arrayValue?.first
      #expect(error?["issue"] == "WEB-4")
      #expect(error?["detail"]?.stringValue?.contains("payload") == true)
    }
  }

  @Test func `a ticket behind a security level is not visible, and its link waits and says why`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      let made = try await service.ticket()
      try await service.act(.jira, "issues/\(made.key)/visibility", ["hidden": true])
      func issue() async throws -> JSONValue? {
        try await service.call("GET", "/jira-issues?key=\(made.key)").data.first
      }
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "succeeded")
      #expect(run.id("issues_deleted") == 0)
      #expect(try await issue()?["not_visible_since"]?.stringValue != nil)
      #expect(try await issue()?["deleted_at"] == .null)
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.id("issue_count") == 60)
      let link = try await service.call("GET", "/links/\(made.link)")
      #expect(link.text("state") == "active")
      #expect(link.text("last_error").contains("security level"))
      let events = try await service.call("GET", "/links/\(made.link)/events").data
      #expect(events.contains { $0["decision"] == "wait" })
      // Neither a check nor a webhook nor a comparison takes it for deleted.
      _ = try await service.reconcile()
      _ = try await service.deliverUpdate(ids.jira, made.key)
      _ = try await service.settled("the webhook was tried")
      let compared = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(compared.status == 409)
      #expect(compared.text("detail").contains("does not show"))
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")

      try await service.act(.jira, "issues/\(made.key)/visibility", ["hidden": false])
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      _ = try await service.sync("jira", ids.jira)
      #expect(try await issue()?["not_visible_since"] == .null)
      try await eventually("what was missed is carried over") {
        service.sentry.status(of: made.short) == "resolved"
      }
      #expect(try await service.call("GET", "/links/\(made.link)").json["last_error"] == .null)
    }
  }

  @Test func `a webhook of a deletion is proof also where security levels hide tickets`()
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      let made = try await service.ticket()
      try await service.act(.jira, "issues/WEB-1/security", ["level": "visible"])
      let id = try await service.deliverUpdate(ids.jira, made.key, event: "jira:issue_deleted")
      _ = try await service.settled("the webhook was tried")
      // Jira still gives it: whatever the webhook says, it is there.
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")
      service.jira.state.withLock { $0.delete(Int64(id)) }
      let body =
        #"{"webhookEvent":"jira:issue_deleted","issue":{"id":"\#(id)","key":"\#(made.key)"}}"#
      _ = try await service.deliverJira(ids.jira, Array(body.utf8), identifier: "second")
      try await eventually("the link is broken") {
        try await service.call("GET", "/links/\(made.link)").text("state") == "broken"
      }
    }
  }

  @Test func `a project that may not be browsed any more takes nothing with it`() async throws {
    try await TestService.with(projects: 3, issues: 120) { service in
      let ids = try await service.connect()
      let made = try await service.ticket()
      let before = try await service.live()
      try await service.act(.jira, "projects/WEB/hide")
      for mode in ["incremental", "incremental", "full"] {
        let run = try await service.sync("jira", ids.jira, ["mode": .string(mode)])
        #expect(run.text("status") == "succeeded", "\(run.json)")
      }
      #expect(try await service.live() == before)
      let project = try await service.call(
        "GET", "/jira-projects/\(try await service.project("WEB"))")
      #expect(project.text("not_visible_since") != "")
      #expect(project.json["deleted_at"] == .null)
      let link = try await service.call("GET", "/links/\(made.link)")
      #expect(link.text("state") == "active")
      #expect(link.text("last_error").contains("permission"))
      try await service.act(.jira, "projects/WEB/show")
      _ = try await service.sync("jira", ids.jira)
      let shown = try await service.call(
        "GET", "/jira-projects/\(try await service.project("WEB"))")
      #expect(shown.json["not_visible_since"] == .null)
      #expect(try await service.call("GET", "/links/\(made.link)").json["last_error"] == .null)
      let organization = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      #expect(organization.id("issue_count") == before)
    }
  }

  @Test func `a server that does not know a path deletes nothing`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      let made = try await service.ticket()
      var faults = SandboxFaults()
      faults.only = "bulkfetch"
      faults.garbage = 1
      service.jira.faults = faults
      let gone = try #require(service.jira.state.withLock { $0.issue("WEB-2") })
      service.jira.state.withLock { $0.delete(gone.id) }
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "partial")
      #expect(run.id("issues_deleted") == 0)
      #expect(try await service.live() == 61)
      #expect(try await service.call("GET", "/links/\(made.link)").text("state") == "active")
    }
  }

  @Test func `a list that is cut is completed by its ids`() async throws {
    try await TestService.with(projects: 1, issues: 250) { service in
      let id = try await service.addJira()
      service.jira.access.losesPageToken = true
      let run = try await service.sync("jira", id)
      #expect(run.text("status") == "succeeded")
      #expect(try await service.live() == 250)
    }
  }
}

/// A sync that would delete much of a project waits for a person.
@Suite struct DeletionGuardTests {
  @Test(arguments: [
    (0, 0, false), (20, 20, false), (21, 21, true), (21, 420, false), (21, 419, true),
    (50, 1000, false), (51, 1000, true), (300, 300, true),
  ])
  func `many at once are held`(count: Int, of: Int, isHeld: Bool) {
    #expect(DeletionGuard.holds(count, of: of) == isHeld)
  }

  private func deleteMany(_ service: TestService, _ count: Int) {
    service.jira.state.withLock { state in
      guard let project = state.project("WEB") else { return }
      for id in project.issues.prefix(count) { state.delete(id) }
    }
  }

  @Test func `a run that would delete much waits, and goes on when a person confirms`()
    async throws
  {
    try await TestService.with(projects: 2, issues: 200) { service in
      let ids = try await service.connect()
      deleteMany(service, 30)
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "needs_confirmation")
      #expect(run.id("issues_deleted") == 0)
      let held = try #require(run.json["held_deletions"]?.arrayValue)
      #expect(held.count == 1)
      #expect(held.first?["project"] == "WEB")
      #expect(held.first?["issues"] == 30)
      #expect(held.first?["of"] == 100)
      #expect(held.first?["keys"]?.arrayValue?.contains("WEB-1") == true)
      #expect(try await service.live() == 200)
      let summary = try await service.services.syncRuns.summary(Int64(run.id("id")))
      #expect(summary.exitCode == 3)
      #expect(summary.failures.joined().contains("30 of 100"))
      #expect(summary.failures.joined().contains("/confirmations"))

      // It keeps no other run away, and the newer one's question replaces the older one's.
      let newer = try await service.sync("jira", ids.jira, [:])
      #expect(newer.text("status") == "needs_confirmation")
      let older = try await service.call("GET", "/sync-runs/\(run.id("id"))")
      #expect(older.text("status") == "cancelled")
      let late = try await service.call("POST", "/sync-runs/\(run.id("id"))/confirmations")
      #expect(late.status == 409)
      #expect(late.text("detail").contains("cancelled"))

      let path = "/sync-runs/\(newer.id("id"))/confirmations"
      let confirmed = try await service.call("POST", path)
      #expect(confirmed.status == 202)
      #expect(confirmed.headerFields["location"] == "/api/v1/sync-runs/\(newer.id("id"))")
      let ended = try await service.finished(run: newer.id("id"))
      #expect(ended.text("status") == "succeeded", "\(ended.json)")
      #expect(ended.id("issues_deleted") == 30)
      #expect(ended.text("confirmed_at") != "")
      #expect(try await service.live() == 170)
      #expect(try await service.call("POST", path).status == 409)
      #expect(try await service.call("POST", "/sync-runs/999999/confirmations").status == 404)
      let audit = try await service.call("GET", "/audit-events?resource_type=sync_run").data
      #expect(audit.contains { $0["after"]?["confirmed_deletions"]?.arrayValue != nil })
    }
  }

  @Test func `a dry run says what it would delete and waits for nobody`() async throws {
    try await TestService.with(projects: 2, issues: 100) { service in
      let ids = try await service.connect()
      deleteMany(service, 25)
      let run = try await service.sync("jira", ids.jira, ["mode": "full", "dry_run": true])
      #expect(run.text("status") == "succeeded")
      #expect(run.id("issues_deleted") == 25)
      #expect(try await service.live() == 100)
    }
  }

  @Test func `what comes back while a run waits needs no confirmation any more`() async throws {
    try await TestService.with(projects: 2, issues: 100) { service in
      let ids = try await service.connect()
      let kept = service.jira.state.withLock { $0 }
      deleteMany(service, 25)
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "needs_confirmation")
      service.jira.state.withLock { $0 = kept }
      _ = try await service.call("POST", "/sync-runs/\(run.id("id"))/confirmations")
      let ended = try await service.finished(run: run.id("id"))
      #expect(ended.text("status") == "succeeded")
      #expect(ended.id("issues_deleted") == 0)
      #expect(try await service.live() == 100)
    }
  }
}

extension Array {
  fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
    var result: [T] = []
    for element in self { result.append(try await transform(element)) }
    return result
  }
}
