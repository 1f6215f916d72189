import RESTClient
import HTTPServer
import JiraClient
import Sandbox
import Testing

@testable import App

@Suite struct TicketTests {
  @Test func `twenty who create a ticket for one error at once get one ticket`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let wish: JSONValue = .object(["jira_project_id": JSONValue(try await service.project("WEB"))]
      )
      let before = service.jira.issueCount
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<20 {
          group.addTask {
            try await service.call("POST", "/sentry-issues/\(error)/jira-tickets", wish).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == 201 }.count == 1)
      #expect(statuses.filter { $0 == 409 }.count == 19)
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test func `a ticket whose answer was lost is found again and not made twice`() async throws {
    try await TestService.with(indexLag: .seconds(1)) { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      var faults = SandboxFaults()
      faults.lostResponse = 1
      faults.only = "POST rest/api/3/issue"
      service.jira.faults = faults
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        .object(["jira_project_id": JSONValue(try await service.project("WEB"))]))
      #expect(made.status == 201, "\(made.json)")
      #expect(made.text("link", "state") == "active")
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test func `a refusal by Jira is shown in its words and leaves no link behind`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let refused = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        .object([
          "jira_project_id": JSONValue(try await service.project("WEB")),
          "assignee_account_id": .string("nobody"),
        ]))
      #expect(refused.status == 422)
      #expect(refused.text("detail").contains("User 'nobody' cannot be assigned issues."))
      #expect(refused.id("vendor", "status") == 400)
      #expect(try await service.call("GET", "/links").data.isEmpty)
    }
  }

  @Test func `a required field is named, and the ticket is made once it is given`() async throws {
    try await TestService.with(projects: 7, issues: 70) { service in
      try await service.connect()
      let error = try await service.openError()
      let project = try await service.project("DATA")
      let missing = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        .object(["jira_project_id": JSONValue(project)]))
      #expect(missing.status == 422)
      #expect(missing.text("detail").contains("/fields/customfield_10050"))
      #expect(missing.text("detail").contains("Critical"))
      let given = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        .object([
          "jira_project_id": JSONValue(project),
          "fields": .object(["customfield_10050": .object(["id": .string("10100")])]),
        ]))
      #expect(given.status == 201, "\(given.json)")
    }
  }

  @Test(arguments: [
    ("  two\nlines\t here ", "two lines here"), ("", "Sentry issue without a title"),
    (String(repeating: "x", count: 300), String(repeating: "x", count: 253) + "…"),
    (String(repeating: "💥", count: 200), String(repeating: "💥", count: 126) + "…"),
  ])
  func `a summary is one line of at most 254 of Jira's characters`(title: String, summary: String) {
    #expect(TicketDraft.summary(title) == summary)
    #expect(TicketDraft.summary(title).utf16.count <= 254)
  }
}
