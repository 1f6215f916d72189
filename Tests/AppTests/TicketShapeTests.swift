import Foundation
import RESTClient
import Sandbox
import Testing

@testable import App

/// Tickets of each shape that Sentry's events have, through the whole service.
@Suite struct TicketShapeTests {
  @Test func `an event of any shape becomes a ticket that Jira takes`() async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let project = try await service.project("WEB")
      let issues = try await service.call("GET", "/sentry-issues?limit=50")
      #expect(issues.data.count == 20)
      for issue in issues.data {
        let id = issue["id"]?.wholeNumber ?? -1
        let made = try await service.call(
          "POST", "/sentry-issues/\(id)/jira-tickets", ["jira_project_id": JSONValue(project)])
        #expect(made.status == 201, "\(made.json)")
      }
    }
  }

  @Test(arguments: [
    ("forbidden", "`event:read`"), ("server_error", "Sentry answered 503"),
    ("garbage", "could not be understood"),
  ])
  func `an event that cannot be read is a warning in the preview and a note in the ticket`(
    fault: String, words: String
  ) async throws {
    try await TestService.with(projects: 1, issues: 8) { service in
      try await service.connect()
      let error = try await service.openError()
      let project = try await service.project("WEB")
      service.sentry.faults = SandboxFaults(json: [fault: 1, "only": "events/latest"])
      let preview = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-ticket-preview",
        ["jira_project_id": JSONValue(project)])
      #expect(preview.status == 200)
      let warning = preview.json["warnings"]?.arrayValue?.first
      #expect(warning?["code"] == "event_unavailable")
      #expect(warning?["detail"]?.stringValue?.contains(words) == true, "\(preview.json)")
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": JSONValue(project)])
      #expect(made.status == 201, "\(made.json)")
      #expect(
        preview.text("description_text").contains(
          "The latest event could not be read when this ticket was created"))
      let ticket = try await service.call("GET", "/jira-issues/\(made.id("jira_issue", "id"))")
      #expect(ticket.text("description") == preview.text("description_text"))
    }
  }

  @Test func `18,000 characters of notes in Cyrillic arrive in Jira, with the link and the facts`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 8) { service in
      try await service.connect()
      let notes = String(repeating: "заметка о сбое ", count: 1_200)
      let made = try await service.call(
        "POST", "/sentry-issues/\(try await service.openError())/jira-tickets",
        [
          "jira_project_id": JSONValue(try await service.project("WEB")), "notes": .string(notes),
        ])
      #expect(made.status == 201, "\(made.json)")
      let text = try await service.call("GET", "/jira-issues/\(made.id("jira_issue", "id"))")
        .text("description")
      #expect(text.contains(notes.dropLast()))
      for part in ["WEB-SHOP-", "Last seen\t", " (in app)"] { #expect(text.contains(part)) }
    }
  }

  @Test func `a preview of a readable event warns of nothing`() async throws {
    try await TestService.with(projects: 1, issues: 8) { service in
      try await service.connect()
      let preview = try await service.call(
        "POST", "/sentry-issues/\(try await service.openError())/jira-ticket-preview",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      #expect(preview.json["warnings"] == [])
      #expect(preview.text("description_text").contains(" (in app)"))
    }
  }
}
