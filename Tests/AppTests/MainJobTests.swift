import RESTClient
import HTTPServer
import JiraClient
import Testing

@testable import App
@testable import Sandbox

@Suite struct MainJobTests {
  @Test func `an error becomes a ticket, and its status comes back`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let project = try await service.project("WEB")
      let product = try await service.call(
        "POST", "/products", .object(["name": .string("Web Shop")]))
      #expect(product.status == 201)
      #expect(product.text("slug") == "web-shop")
      let sentryProjects = try await service.call("GET", "/sentry-projects")
      let sentryIDs = sentryProjects.data.compactMap { $0["id"]?.wholeNumber }
      let assigned = try await service.call(
        "POST", "/project-assignments",
        .object([
          "product_id": JSONValue(product.id("id")),
          "jira_project_ids": .array([JSONValue(project), .integer(9999)]),
          "sentry_project_ids": .array(sentryIDs.map { JSONValue($0) }),
        ]))
      #expect(assigned.id("assigned") == 1 + sentryIDs.count)
      #expect(
        assigned.json["not_found"]
          == .array([.object(["type": .string("jira_project"), "id": .integer(9999)])]))

      let error = try await service.openError()
      let wish: JSONValue = .object(["jira_project_id": JSONValue(project)])
      let before = service.jira.issueCount
      let preview = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-ticket-preview", wish)
      #expect(preview.status == 200)
      #expect(preview.json["jira_request"]?["fields"]?["summary"]?.stringValue?.isEmpty == false)
      #expect(service.jira.issueCount == before, "a preview writes nothing")

      let made = try await service.call("POST", "/sentry-issues/\(error)/jira-tickets", wish)
      #expect(made.status == 201)
      #expect(made.headerFields["location"] == "/api/v1/links/\(made.id("link", "id"))")
      let labels = (made.json["jira_issue"]?["labels"]?.arrayValue ?? []).compactMap(\.stringValue)
      #expect(labels.contains("sentry") && labels.contains("product-web-shop"))
      #expect(labels.contains { $0.hasPrefix("level-") })

      let again = try await service.call("POST", "/sentry-issues/\(error)/jira-tickets", wish)
      #expect(again.status == 409)
      #expect(again.id("link", "id") == made.id("link", "id"))

      try await complete(made.text("jira_issue", "key"), service)
      let synced = try await service.call("POST", "/links/\(made.id("link", "id"))/sync")
      #expect(synced.text("decision") == "resolve_sentry")
      let resolved = try await service.call("GET", "/sentry-issues/\(error)")
      #expect(resolved.text("status") == "resolved")
      #expect(service.sentry.status(of: String(resolved.id("sentry_id"))) == "resolved")
      let settled = try await service.call("POST", "/links/\(made.id("link", "id"))/sync")
      #expect(settled.text("decision") == "nothing")
    }
  }

  /// The third project's workflow takes three steps to be closed, the last of which asks for a
  /// resolution.
  @Test(arguments: ["WEB", "PAY"])
  func `a resolved error completes its ticket and a regression reopens it`(key: String)
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        .object(["jira_project_id": JSONValue(try await service.project(key))]))
      let link = made.id("link", "id")
      let sentryID = try await service.call("GET", "/sentry-issues/\(error)").id("sentry_id")
      let ticket = made.text("jira_issue", "key")

      #expect(service.sentry.change(Int64(sentryID), "resolved"))
      let closed = try await service.call("POST", "/links/\(link)/sync")
      #expect(closed.text("decision") == "complete_ticket")
      #expect(["Done", "Closed"].contains(service.jira.statusName(of: ticket)))

      #expect(service.sentry.change(Int64(sentryID), "unresolved"))
      let reopened = try await service.call("POST", "/links/\(link)/sync")
      #expect(reopened.text("decision") == "reopen_ticket")
      #expect(["To Do", "Open"].contains(service.jira.statusName(of: ticket)))

      #expect(service.sentry.change(Int64(sentryID), "ignored"))
      let archived = try await service.call("POST", "/links/\(link)/sync")
      #expect(archived.text("decision") == "nothing")
      #expect(archived.text("reason").contains("archived"))
    }
  }

  private func complete(_ key: String, _ service: TestService) async throws {
    let client = try service.services.jiraClients.client(
      of: try await service.services.jiraOrganizations.organizations(named: "acme")[0])
    let done = try await client.transitions(key).first { $0.to.categoryKey == "done" }
    try await client.transition(key, try #require(done), from: nil)
  }
}
