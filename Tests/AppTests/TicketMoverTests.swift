import Foundation
import JiraClient
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Workflows in which done takes several steps.
@Suite struct TicketMoverTests {
  /// A ticket of an error in a project with a workflow; Sentry says the error is resolved, and nobody
  /// told the service yet.
  struct Made {
    var link: Int
    var key: String
    var shortID: String
    var organization: Int
    var jira: JiraClient
  }

  private func make(_ service: TestService, _ workflow: String, target: String? = nil) async throws
    -> Made
  {
    let organizations = try await service.connect()
    try await service.act(
      .jira, "projects/WEB/workflow", ["workflow": .string(workflow)])
    _ = try await service.sync("jira", organizations.jira)
    let project = try await service.project("WEB")
    if let target {
      let saved = try await service.call(
        "PUT", "/status-mappings",
        [
          "jira_project_id": JSONValue(project),
          "sentry_to_jira": ["resolved": .string("status:\(target)")],
        ])
      #expect(saved.status == 200, "\(saved.json)")
    }
    // Of the type that the project's other tickets are of.
    let other = try await service.call("GET", "/jira-issues?jira_project_id=\(project)&limit=1")
    let type = other.data.first?["issue_type"] ?? .null
    let error = try await service.openError()
    let made = try await service.call(
      "POST", "/sentry-issues/\(error)/jira-tickets",
      ["jira_project_id": JSONValue(project), "issue_type": type])
    #expect(made.status == 201, "\(made.json)")
    let shortID = made.text("link", "sentry_issue", "short_id")
    try await service.act(.sentry, "issues/\(shortID)/status", ["status": "resolved"])
    let organization = try await service.services.jiraOrganizations.organization(
      Int64(organizations.jira))
    return Made(
      link: made.id("link", "id"), key: made.text("jira_issue", "key"), shortID: shortID,
      organization: organizations.jira,
      jira: try service.services.jiraClients.client(of: organization))
  }

  /// Puts other tickets of the same kind into statuses, one in each.
  private func place(_ service: TestService, _ made: Made, in statuses: [String]) async throws {
    let others = try await service.call("GET", "/jira-issues?q=WEB-&limit=100").data
      .compactMap { $0["key"]?.stringValue }.filter { $0.hasPrefix("WEB-") && $0 != made.key }
    #expect(others.count >= statuses.count)
    for (key, status) in zip(others, statuses) {
      try await service.act(.jira, "issues/\(key)/transition", ["to": .string(status)])
    }
    _ = try await service.sync("jira", made.organization)
  }

  private func link(_ service: TestService, _ made: Made) async throws -> TestService.Answer {
    try await service.call("GET", "/links/\(made.link)")
  }

  @Test func `the shortest way is found at other tickets, past a status that leads nowhere`()
    async throws
  {
    try await TestService.with { service in
      let made = try await make(service, "detoured")
      try await place(service, made, in: ["On Hold", "In Development", "In Review"])
      service.jira.resetStats()
      let moved = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(moved.text("decision") == "complete_ticket", "\(moved.json)")
      #expect(service.jira.statusName(of: made.key) == "Released")
      #expect(service.jira.stats.writes == 3)
      let event = try #require(
        try await service.call("GET", "/links/\(made.link)/events?outcome=applied").data.first {
          $0["decision"] == "complete_ticket"
        })
      #expect(event["request"]?["transitions"] == ["Start", "Send to review", "Release"])
      let writes = try await service.database.pool.query(
        "select expected from vendor_writes where vendor = 'jira' order by id")
      let expected = try writes.map { try $0.text(0) }
      #expect(expected == ["indeterminate", "indeterminate", "done"])
    }
  }

  @Test
  func `where nothing is known the ticket is led step by step, and what was met is remembered`()
    async throws
  {
    try await TestService.with { service in
      let made = try await make(service, "detoured")
      // No ticket of the type stands where one could look.
      _ = try await service.database.pool.query(
        "update jira_issues set issue_type = 'Other' where key <> $1", made.key)
      let stopped = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(stopped.status == 409, "\(stopped.json)")
      #expect(stopped.text("detail").contains("from 'Open' by 'Hold' and stopped at 'On Hold'"))
      #expect(service.jira.statusName(of: made.key) == "On Hold")
      // Nothing is undone, and the next time the dead end is known.
      let moved = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(moved.status == 200, "\(moved.json)")
      #expect(service.jira.statusName(of: made.key) == "Released")
    }
  }

  @Test func `no ticket is led about in search of a status that its workflow does not have`()
    async throws
  {
    try await TestService.with { service in
      let made = try await make(service, "simple")
      // Another project of the site has it.
      let saved = try await service.call(
        "PUT", "/status-mappings", ["sentry_to_jira": ["resolved": "status:In Review"]])
      #expect(saved.status == 200, "\(saved.json)")
      _ = try await service.database.pool.query(
        "update jira_issues set issue_type = 'Other' where key <> $1", made.key)
      // What making the ticket is followed by writes to Jira too.
      try await eventually("the backlinks are written") {
        try await service.database.pool.query(
          """
          select 1 from jobs where kind = 'publish_backlinks'
            and state in ('available', 'scheduled', 'retryable', 'running')
          """
        ).isEmpty
      }
      service.jira.resetStats()
      let waiting = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(waiting.status == 409, "\(waiting.json)")
      #expect(waiting.text("detail").contains("has no status that is 'In Review'"))
      #expect(service.jira.stats.writes == 0)
      #expect(service.jira.statusName(of: made.key) == "To Do")
    }
  }

  @Test func `a field that nobody can guess is asked for by name before the ticket is moved`()
    async throws
  {
    try await TestService.with { service in
      let made = try await make(service, "audited", target: "Fixed")
      try await place(service, made, in: ["Under Analysis"])
      service.jira.resetStats()
      let waiting = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(waiting.status == 409, "\(waiting.json)")
      #expect(waiting.text("type").hasSuffix("transition-needs-fields"))
      #expect(service.jira.stats.writes == 0)
      #expect(service.jira.statusName(of: made.key) == "Reported")
      let told = try await link(service, made).text("last_error")
      #expect(told.contains("'Fix'") && told.contains("'Root cause'"), "\(told)")
      // What a person fills in is kept by Jira; the resolution has one right answer.
      try await made.jira.editIssue(made.key, fields: ["customfield_10060": "A race."])
      let moved = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(moved.status == 200, "\(moved.json)")
      #expect(service.jira.statusName(of: made.key) == "Fixed")
      let healed = try await link(service, made)
      #expect(healed.json["last_error"] == .null)
    }
  }

  @Test func `a step that Jira refuses is told in its words, with where the ticket stands`()
    async throws
  {
    try await TestService.with { service in
      let made = try await make(service, "reviewed")
      try await place(service, made, in: ["In Development", "In Review"])
      service.jira.refusedTransitions = ["Close": "Only release managers may close."]
      let refused = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(refused.status == 409, "\(refused.json)")
      let detail = refused.text("detail")
      #expect(detail.contains("refused 'Close'"))
      #expect(detail.contains("Only release managers may close."))
      #expect(
        detail.contains("by 'Start', 'Send to review' and stopped at 'In Review'"), "\(detail)")
      #expect(service.jira.statusName(of: made.key) == "In Review")
      service.jira.refusedTransitions = [:]
      let moved = try await service.call("POST", "/links/\(made.link)/sync")
      #expect(moved.status == 200, "\(moved.json)")
      #expect(service.jira.statusName(of: made.key) == "Closed")
    }
  }
}
