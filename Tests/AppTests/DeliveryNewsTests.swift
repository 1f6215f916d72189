import Cryptography
import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// What a delivery is news of: repeated words, readings older than the webhook, odd text, odd issues.
@Suite struct DeliveryNewsTests {
  /// As Sentry delivers a change, without the time in its body: the same bytes for the same status.
  private func body(_ status: String, id: String = "5000001", title: String = "E") -> [UInt8] {
    Array(
      #"{"action":"\#(status)","data":{"issue":{"id":"\#(id)","status":"\#(status)","title":"\#(title)"}}}"#
        .utf8)
  }

  private func processed(_ service: TestService) async throws {
    try await eventually("all deliveries are processed") {
      try await service.call("GET", "/webhook-deliveries?state=pending").data.isEmpty
    }
  }

  private func stored(_ service: TestService, _ sentryID: Int) async throws -> String {
    let row = try await service.database.pool.query(
      "select status from sentry_issues where sentry_id = $1", sentryID)
    return try row[0].text(0)
  }

  @Test func `every flip of an issue is read, also when its bytes came before`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let id = try await service.connectWebhooks(registers: false).sentry
      for status in ["resolved", "unresolved", "resolved", "unresolved", "resolved"] {
        try await service.act(.sentry, "issues/5000001/status", ["status": .string(status)])
        #expect(try await service.deliverSentry(id, body(status)).status == 202)
        try await processed(service)
        #expect(try await stored(service, 5_000_001) == status)
      }
      #expect(try await service.call("GET", "/webhook-deliveries").data.count == 2)
    }
  }

  @Test func `a repetition that says what is stored is not read again`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let id = try await service.connectWebhooks(registers: false).sentry
      try await service.act(.sentry, "issues/5000001/status", ["status": "resolved"])
      _ = try await service.deliverSentry(id, body("resolved"))
      try await processed(service)
      service.sentry.resetStats()
      for _ in 0..<3 { _ = try await service.deliverSentry(id, body("resolved")) }
      try await processed(service)
      #expect(service.sentry.stats.requests.isEmpty)
      // The issue changed and nothing else was delivered: the same words are news.
      try await service.act(.sentry, "issues/5000001/status", ["status": "unresolved"])
      _ = try await service.database.pool.query(
        "update sentry_issues set status = 'unresolved' where sentry_id = 5000001")
      try await service.act(.sentry, "issues/5000001/status", ["status": "resolved"])
      _ = try await service.deliverSentry(id, body("resolved"))
      try await processed(service)
      #expect(try await stored(service, 5_000_001) == "resolved")
    }
  }

  @Test func `a webhook of Jira's without an identifier counts each time`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let id = try await service.connectWebhooks(registers: false).jira
      let key =
        try await service.call("GET", "/jira-issues?limit=1").data[0]["key"]?.stringValue ?? ""
      // As an automation rule or a workflow's post function sends it: no event, no identifier.
      let body = Array(
        #"{"transition":{"transitionId":7},"issue":{"key":"\#(key)","fields":{}}}"#.utf8)
      let code = HMACSHA256.hexDigest(of: body, key: Array(TestService.jiraSecret.utf8))
      for status in ["In Progress", "Done", "To Do"] {
        try await service.act(.jira, "issues/\(key)/transition", ["to": .string(status)])
        let answer = try await service.deliver(
          "/webhooks/jira/\(id)", body, ["X-Hub-Signature": "sha256=\(code)"])
        #expect(answer.status == 202)
        try await processed(service)
        let issue = try await service.call("GET", "/jira-issues?key=\(key)").data[0]
        #expect(issue["status"] == .string(status))
      }
      let delivery = try await service.call("GET", "/webhook-deliveries").data[0]
      #expect(delivery["state"] == "processed")
      #expect(delivery["event"] == "unknown")
    }
  }

  @Test func `a reading older than the webhook is read again a little later`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let key = made.text("jira_issue", "key")
      try await service.settled()
      service.jira.readLag = 2.5
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the delivery says why it waits") {
        try await service.call("GET", "/webhook-deliveries?state=pending").data.contains {
          $0["reason"]?.stringValue?.contains("older state") == true && $0["attempts"] == 0
        }
      }
      try await eventually("the ticket is done here") {
        try await service.call("GET", "/jira-issues?key=\(key)").data.first?["status_category"]
          == "done"
      }
      try await eventually("the issue is resolved") {
        service.sentry.status(of: made.text("link", "sentry_issue", "short_id")) == "resolved"
      }
    }
  }

  @Test func `after a minute what Jira returns is taken for true, and said`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let id = try await service.connectWebhooks(registers: false).jira
      let issue = try await service.call("GET", "/jira-issues?limit=1").data[0]
      let body = Array(
        #"""
        {"webhookEvent":"jira:issue_updated","issue":{"id":"\#(issue["jira_id"]?.wholeNumber ?? 0)",
        "fields":{"updated":"2099-01-01T00:00:00.000+0000"}}}
        """#.utf8)
      _ = try await service.deliverJira(id, body, identifier: "future")
      try await eventually("it waits") {
        try await service.call("GET", "/webhook-deliveries").data[0]["reason"]?.stringValue?
          .contains("read again shortly") == true
      }
      _ = try await service.database.pool.query(
        "update webhook_deliveries set received_at = now() - interval '61 seconds', next_attempt_at = now()"
      )
      try await eventually("it is processed") {
        let delivery = try await service.call("GET", "/webhook-deliveries").data[0]
        return delivery["state"] == "processed"
          && delivery["reason"]?.stringValue?.contains("for a minute") == true
      }
    }
  }

  @Test func `a reading of Sentry's older than the webhook is read again too`() async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let id = try await service.connectWebhooks(registers: false).sentry
      let bytes = body("resolved")
      let answer = try await service.deliver(
        "/webhooks/sentry/\(id)", bytes,
        [
          "Sentry-Hook-Signature": HMACSHA256.hexDigest(
            of: bytes, key: Array(service.sentry.configuration.clientSecret.utf8)),
          "Sentry-Hook-Resource": "issue",
          "Sentry-Hook-Timestamp": String(Int(Date().timeIntervalSince1970)),
        ])
      #expect(answer.status == 202)
      try await eventually("it waits") {
        try await service.call("GET", "/webhook-deliveries").data[0]["reason"]?.stringValue?
          .contains("older state") == true
      }
      try await service.act(.sentry, "issues/5000001/status", ["status": "resolved"])
      try await processed(service)
      #expect(try await stored(service, 5_000_001) == "resolved")
    }
  }

  @Test(
    arguments: [
      #"x \\u0000 y"#, #"x \u0000 y"#, #"\ud800"#, #"a\udc00b"#, #"1e400 \\ud83d"#,
    ])
  func `text that PostgreSQL cannot store hides no delivery`(_ text: String) async throws {
    try await TestService.with(projects: 1, issues: 4) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      try await service.act(.sentry, "issues/5000001/status", ["status": "resolved"])
      _ = try await service.deliverSentry(
        organizations.sentry, body("resolved", title: text))
      let issue = try await service.call("GET", "/jira-issues?limit=1").data[0]
      let key = issue["key"]?.stringValue ?? ""
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      let jira = #"""
        {"webhookEvent":"jira:issue_updated","issue":{"id":"\#(issue["jira_id"]?.wholeNumber ?? 0)",
        "key":"\#(key)","fields":{"description":"\#(text)"}}}
        """#
      _ = try await service.deliverJira(organizations.jira, Array(jira.utf8), identifier: "odd")
      try await processed(service)
      let deliveries = try await service.call("GET", "/webhook-deliveries").data
      #expect(deliveries.allSatisfy { $0["state"] == "processed" }, "\(deliveries)")
      #expect(try await stored(service, 5_000_001) == "resolved")
      #expect(
        try await service.call("GET", "/jira-issues?key=\(key)").data[0]["status_category"]
          == "done")
    }
  }
}
