import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

@Suite struct TicketBatchTests {
  private func finished(_ service: TestService, _ id: Int) async throws -> TestService.Answer {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let batch = try await service.call("GET", "/ticket-batches/\(id)")
      if !["queued", "running"].contains(batch.text("status")) { return batch }
      guard ContinuousClock.now < deadline else { throw TestService.Overdue() }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func everyItemHasItsOwnResult() async throws {
    try await TestService.with { service in
      try await service.connect()
      let project = try await service.call("GET", "/jira-projects").data[0]["id"] ?? .null
      let errors = try await service.call("GET", "/sentry-issues?status=unresolved&limit=10").data
        .compactMap { $0["id"] }
      let linked = try await service.call(
        "POST", "/sentry-issues/\(errors[0].wholeNumber ?? 0)/jira-tickets",
        ["jira_project_id": project])
      #expect(linked.status == 201)
      let started = try await service.call(
        "POST", "/jira-tickets",
        [
          "sentry_issue_ids": .array(errors + [errors[1], 999_999]), "jira_project_id": project,
          "labels": ["bulk"],
        ])
      #expect(started.status == 202)
      #expect(
        started.headerFields["location"] == "/api/v1/ticket-batches/\(started.id("id"))")
      let batch = try await finished(service, started.id("id"))
      #expect(batch.text("status") == "partial")
      #expect(batch.id("total") == 11)
      #expect(batch.id("done") == 11)
      let results = batch.json["results"]?.arrayValue ?? []
      #expect(results[0]["problem"]?["status"] == 409)
      #expect(results[10]["problem"]?["status"] == 404)
      for result in results[1..<10] {
        #expect(result["problem"] == .null)
        #expect(result["link"]?["state"] == "active")
        #expect(result["jira_issue"]?["labels"]?.arrayValue?.contains("bulk") == true)
        #expect(result["link"]?["created_by"] == "bootstrap")
      }
      #expect(Set(results[1..<10].map { $0["jira_issue"]?["key"]?.stringValue }).count == 9)
    }
  }

  @Test func aBatchWhoseProcessDiedGoesOnWithoutATwin() async throws {
    try await TestService.with { service in
      try await service.connect()
      let project = try await service.call("GET", "/jira-projects").data[0]["id"] ?? .null
      let errors = try await service.call("GET", "/sentry-issues?status=unresolved&limit=3").data
        .compactMap { $0["id"] }
      let started = try await service.call(
        "POST", "/jira-tickets", ["sentry_issue_ids": .array(errors), "jira_project_id": project])
      let id = started.id("id")
      _ = try await finished(service, id)
      let tickets = service.jira.issueCount
      // As a process leaves it that dies between Jira's answer and noting the result.
      _ = try await service.database.pool.query(
        """
        update ticket_batch_items set state = 'working' where batch_id = $1
        """, Int64(id))
      _ = try await service.database.pool.query(
        "update ticket_batches set status = 'running', finished_at = null where id = $1", Int64(id))
      try await CreateTickets(batchID: Int64(id)).perform(service.services)
      let batch = try await service.call("GET", "/ticket-batches/\(id)")
      #expect(batch.text("status") == "succeeded")
      #expect(service.jira.issueCount == tickets)
    }
  }

  @Test(
    arguments: [
      (["jira_project_id": 1], "/sentry_issue_ids"),
      (["jira_project_id": 1, "sentry_issue_ids": []], "/sentry_issue_ids"),
      (["sentry_issue_ids": [1]], "/jira_project_id"),
      (
        [
          "jira_project_id": 1,
          "sentry_issue_ids": .array((1...201).map { JSONValue.number(Double($0)) }),
        ], "/sentry_issue_ids"
      ),
    ] as [(JSONValue, String)])
  func aBatchThatCannotBeIsRefused(body: JSONValue, pointer: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call("POST", "/jira-tickets", body)
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.arrayValue?.first?["pointer"] == .string(pointer))
    }
  }
}
