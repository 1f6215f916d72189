import Foundation
import JiraClient
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Which transition is taken, by ids and whatever the names are.
@Suite struct TransitionChoiceTests {
  private func ticket(_ service: TestService, workflow: String = "forked") async throws -> (
    id: Int, key: String, jira: Int
  ) {
    let organizations = try await service.connect()
    try await service.act(.jira, "projects/WEB/workflow", ["workflow": .string(workflow)])
    _ = try await service.sync("jira", organizations.jira)
    let issue = try #require(
      try await service.call("GET", "/jira-issues?status_category=new&q=WEB-&limit=1").data.first)
    return (
      issue["id"]?.wholeNumber ?? 0, issue["key"]?.stringValue ?? "", organizations.jira
    )
  }

  @Test(arguments: ["Fertig", "fertig", "10042"])
  func `of two transitions to a status the one that asks for nothing is taken`(_ status: String)
    async throws
  {
    try await TestService.with { service in
      let ticket = try await ticket(service)
      let moved = try await service.call(
        "POST", "/jira-issues/\(ticket.id)/transitions", ["to_status": .string(status)])
      #expect(moved.status == 200, "\(moved.json)")
      #expect(service.jira.statusName(of: ticket.key) == "Fertig")
    }
  }

  @Test func `a field that the ticket has already is not asked for again`() async throws {
    try await TestService.with { service in
      let ticket = try await ticket(service)
      let path = "/jira-issues/\(ticket.id)/transitions"
      let refused = try await service.call("POST", path, ["to_status": "Verworfen"])
      #expect(refused.status == 422)
      #expect(
        refused.json["errors"]?.arrayValue?.first?["pointer"] == "/fields/customfield_10060")
      let organization = try await service.services.jiraOrganizations.organization(
        Int64(ticket.jira))
      try await service.services.jiraClients.client(of: organization)
        .editIssue(ticket.key, fields: ["customfield_10060": "A race."])
      let moved = try await service.call("POST", path, ["to_status": "Verworfen"])
      #expect(moved.status == 200, "\(moved.json)")
      #expect(service.jira.statusName(of: ticket.key) == "Verworfen")
    }
  }

  @Test func `a mapping's own resolution is set where a transition requires one`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      for (given, shown) in [("Won't Do", "Won't Do"), ("10001", "Won't Do")] {
        let saved = try await service.call(
          "PUT", "/status-mappings",
          [
            "default_resolution": .string(given),
            "jira_project_id": JSONValue(try await service.project("PAY")),
          ])
        #expect(saved.status == 200, "\(saved.json)")
        #expect(saved.text("default_resolution", "name") == shown)
        #expect(saved.text("default_resolution", "id") == "10001")
      }
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("PAY"))])
      let key = made.text("jira_issue", "key")
      try await service.settled()
      try await service.act(
        .sentry, "issues/\(made.text("link", "sentry_issue", "short_id"))/status",
        ["status": "resolved"])
      try await eventually("the ticket is closed") {
        service.jira.statusName(of: key) == "Closed"
      }
      try await service.settled()
      let row = try await service.database.pool.query(
        "select resolution from jira_issues where key = $1", key)
      #expect(try row[0].textOrNil(0) == "Won't Do")
      let refused = try await service.call(
        "PUT", "/status-mappings", ["default_resolution": "Forgotten"])
      #expect(refused.status == 422)
      #expect(
        refused.json["errors"]?.arrayValue?.first?["pointer"] == "/default_resolution")
    }
  }

  @Test func `a renamed status does not break a mapping`() async throws {
    try await TestService.with { service in
      let organizations = try await service.connectWebhooks()
      let saved = try await service.call(
        "PUT", "/status-mappings",
        [
          "jira_to_sentry": [
            "status:In Progress": "resolve", "new": "unresolve", "done": "resolve",
          ],
          "sentry_to_jira": ["resolved": "status:In Progress"],
        ])
      #expect(saved.status == 200, "\(saved.json)")
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let (key, shortID) = (
        made.text("jira_issue", "key"), made.text("link", "sentry_issue", "short_id")
      )
      try await service.settled()
      service.jira.renameStatus("3", to: "Laufend")
      _ = try await service.sync("jira", organizations.jira)
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Laufend"])
      try await eventually("the issue is resolved") {
        service.sentry.status(of: shortID) == "resolved"
      }
      try await service.act(.jira, "issues/\(key)/transition", ["to": "To Do"])
      try await eventually("the issue is unresolved") {
        service.sentry.status(of: shortID) == "unresolved"
      }
      try await service.settled()
      try await service.act(.sentry, "issues/\(shortID)/status", ["status": "resolved"])
      try await eventually("the ticket is there") {
        service.jira.statusName(of: key) == "Laufend"
      }
    }
  }
}
