import Foundation
import Postgres
import RESTClient
import SentryClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// What the vendor did and could not say: the connection ends without a byte of answer, as close or as
/// reset, after connections were used and are kept open.
@Suite struct LostAnswerTests {
  struct Loss: Sendable, CustomTestStringConvertible {
    var how: SandboxFaults.Break
    var afterMilliseconds = 0

    var testDescription: String { "\(how) after \(afterMilliseconds) ms" }

    func of(_ only: String, times: Int = 1) -> SandboxFaults {
      var faults = SandboxFaults()
      faults.lostResponse = 1
      faults.only = only
      faults.times = times
      faults.breaksBy = how
      faults.breaksAfterMilliseconds = afterMilliseconds
      return faults
    }
  }

  static let losses = [
    Loss(how: .close), Loss(how: .reset), Loss(how: .close, afterMilliseconds: 300),
    Loss(how: .reset, afterMilliseconds: 300),
  ]

  private func ticket(_ service: TestService) async throws -> (id: Int, key: String) {
    let issue = try #require(
      try await service.call("GET", "/jira-issues?status_category=new&limit=1").data
        .first)
    return (issue["id"]?.wholeNumber ?? 0, issue["key"]?.stringValue ?? "")
  }

  private func jiraID(_ key: String, _ service: TestService) -> Int64 {
    service.jira.state.withLock { $0.issue(key)?.id ?? 0 }
  }

  @Test(arguments: losses)
  func `a creation whose answer is lost is sent once, found and linked`(_ loss: Loss) async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let (error, project) = (try await service.openError(), try await service.project("WEB"))
      let before = service.jira.issueCount
      service.jira.resetStats()
      service.jira.faults = loss.of("^POST /rest/api/3/issue$")
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      #expect(made.status == 201, "\(made.json)")
      #expect(made.text("link", "state") == "active")
      #expect(service.jira.stats.requests["POST rest/api/3/issue"] == 1)
      #expect(service.jira.stats.faults == ["lostResponse": 1])
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test(arguments: losses)
  func `a transition whose answer is lost is sent once, and seen by reading`(_ loss: Loss)
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let ticket = try await ticket(service)
      service.jira.resetStats()
      service.jira.faults = loss.of("POST .*/transitions$")
      let moved = try await service.call(
        "POST", "/jira-issues/\(ticket.id)/transitions", ["to_status": "Done"])
      #expect(moved.status == 200, "\(moved.json)")
      #expect(moved.text("status") == "Done")
      #expect(service.jira.stats.requests["POST rest/api/3/issue/{}/transitions"] == 1)
      let id = jiraID(ticket.key, service)
      #expect(service.jira.state.withLock { $0.changes[id]?.count } == 1)
    }
  }

  @Test func `a transition that was lost on its way is not reported as done`() async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let ticket = try await ticket(service)
      service.jira.resetStats()
      var faults = SandboxFaults()
      faults.reset = 1
      faults.only = "POST .*/transitions$"
      service.jira.faults = faults
      let moved = try await service.call(
        "POST", "/jira-issues/\(ticket.id)/transitions", ["to_status": "Done"])
      #expect(moved.status == 502)
      #expect(service.jira.statusName(of: ticket.key) == "To Do")
      #expect(service.jira.stats.requests["POST rest/api/3/issue/{}/transitions"] == 1)
    }
  }

  @Test(arguments: losses)
  func `a comment whose answer is lost is written once, and found by its mark`(_ loss: Loss)
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let ticket = try await ticket(service)
      let id = jiraID(ticket.key, service)
      // The same words by somebody else are not ours.
      _ = service.jira.state.withLock {
        $0.comment(id, JiraText.document("Seen again."), by: SandboxPerson.person)
      }
      service.jira.faults = loss.of("POST .*/comment$")
      let path = "/jira-issues/\(ticket.id)/comments"
      let first = try await service.call("POST", path, ["body": "Seen again."])
      #expect(first.status == 201, "\(first.json)")
      let comments = service.jira.state.withLock { $0.comments[id] ?? [] }
      #expect(comments.count == 2)
      #expect(first.text("id") == comments.last.map { String($0.id) })
      // Said twice by a person, it is there twice.
      service.jira.faults = loss.of("POST .*/comment$")
      let second = try await service.call("POST", path, ["body": "Seen again."])
      #expect(second.status == 201)
      #expect(second.text("id") != first.text("id"))
      #expect(service.jira.state.withLock { $0.comments[id]?.count } == 3)
    }
  }

  @Test(arguments: losses)
  func `an edit whose answer is lost is made`(_ loss: Loss) async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let ticket = try await ticket(service)
      service.jira.faults = loss.of("^PUT /rest/api/3/issue/[0-9]+$", times: 2)
      let changed = try await service.call(
        "PATCH", "/jira-issues/\(ticket.id)", ["summary": "Pay again"])
      #expect(changed.status == 200, "\(changed.json)")
      #expect(changed.text("summary") == "Pay again")
      let id = jiraID(ticket.key, service)
      #expect(service.jira.state.withLock { $0.changes[id]?.count } == 1)
    }
  }

  @Test(arguments: losses)
  func `a status of Sentry whose answer is lost is sent once, and seen by reading`(_ loss: Loss)
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let error = try await service.openError()
      service.sentry.resetStats()
      service.sentry.faults = loss.of("^PUT ")
      let changed = try await service.call(
        "PATCH", "/sentry-issues/\(error)", ["status": "resolved"])
      #expect(changed.status == 200, "\(changed.json)")
      #expect(changed.text("status") == "resolved")
      let puts = service.sentry.stats.requests.filter { $0.key.hasPrefix("PUT ") }
      #expect(puts.values.reduce(0, +) == 1)
    }
  }

  @Test(arguments: losses)
  func `a link moves its ticket once, whatever becomes of Jira's answer`(_ loss: Loss) async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let (error, project) = (try await service.openError(), try await service.project("WEB"))
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      let (link, key) = (made.id("link", "id"), made.text("jira_issue", "key"))
      service.jira.resetStats()
      service.jira.faults = loss.of("POST .*/transitions$")
      let short = made.text("link", "sentry_issue", "short_id")
      let id = service.sentry.state.withLock { $0.issue(short)?.id ?? 0 }
      #expect(service.sentry.change(id, "resolved"))
      let synced = try await service.call("POST", "/links/\(link)/sync")
      #expect(synced.status == 200, "\(synced.json)")
      #expect(service.jira.statusName(of: key) == "Done")
      #expect(service.jira.stats.requests["POST rest/api/3/issue/{}/transitions"] == 1)
      // Nothing is left in doubt: no write waits for its answer.
      let writes = try await service.database.pool.query("select state from vendor_writes")
      #expect(try writes.map { try $0.text("state") } == ["done"])
      let again = try await service.call("POST", "/links/\(link)/sync")
      #expect(again.text("decision") == "nothing")
    }
  }

  @Test(arguments: losses)
  func `both sides show each other once, whatever answers are lost`(_ loss: Loss) async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let (error, project) = (try await service.openError(), try await service.project("WEB"))
      service.jira.faults = loss.of("POST .*/remotelink$")
      service.sentry.faults = loss.of("POST .*/(external-issues|comments)/$")
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      let (link, key) = (made.id("link", "id"), made.text("jira_issue", "key"))
      let short = made.text("link", "sentry_issue", "short_id")
      try await eventually("both sides are shown") {
        try await service.call("GET", "/links/\(link)/events").data.contains {
          $0["decision"] == "publish_backlinks" && $0["outcome"] == "applied"
        }
      }
      #expect(service.jira.remoteLinks(of: key).count == 1)
      #expect(service.sentry.mentions(at: short).count == 1)
    }
  }

  @Test(arguments: losses)
  func `a comment at Sentry whose answer is lost is written once`(_ loss: Loss) async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let client = try service.services.sentryClients.client(
        of: try await service.services.sentryOrganizations.organizations(named: "acme")[0])
      let id = service.sentry.state.withLock { $0.issues.keys.min() ?? 0 }
      service.sentry.faults = loss.of("POST .*/comments/$")
      try await client.addComment("Jira ticket WEB-1", to: id)
      #expect(service.sentry.stats.faults == ["lostResponse": 1])
      // Sentry refuses the same words within an hour: they are there.
      try await client.addComment("Jira ticket WEB-1", to: id)
      #expect(service.sentry.mentions(at: String(id)).count == 1)
    }
  }
}
