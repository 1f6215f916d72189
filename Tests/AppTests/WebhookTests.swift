import Cryptography
import Foundation
import Postgres
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

@Suite struct WebhookTests {
  private func issueBody(_ service: TestService, key: String) -> JSONValue {
    [
      "timestamp": 1_750_000_000_123, "webhookEvent": "jira:issue_updated",
      "issue": ["key": .string(key)],
    ]
  }

  @Test func `a ticket moved in Jira is here without a sync`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let id = try #require(
        try await service.call("GET", "/jira-issues?status_category=new&limit=1").data.first)
      let key = id["key"]?.stringValue ?? ""
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the ticket is done here") {
        try await service.call("GET", "/jira-issues?key=\(key)").data.first?["status_category"]
          == "done"
      }
      try await eventually("the delivery is processed") {
        try await service.call("GET", "/webhook-deliveries?state=processed").data.count == 1
      }
      let delivery = try #require(
        try await service.call("GET", "/webhook-deliveries?source=jira").data.first)
      #expect(delivery["event"] == "jira:issue_updated")
      #expect(delivery["reason"]?.stringValue?.contains(key) == true)
      let headers = try #require(delivery["headers"])
      guard case .object(let fields) = headers else { throw NeverHappened(description: "headers") }
      #expect(fields.keys.contains("x-atlassian-webhook-identifier"))
      #expect(!fields.keys.contains("x-hub-signature"))
      #expect(delivery["body"] == JSONValue.null)
      let one = try await service.call(
        "GET", "/webhook-deliveries/\(delivery["id"]?.wholeNumber ?? 0)")
      #expect(one.json["body"]?["issue"]?["key"] == .string(key))
    }
  }

  @Test func `an error resolved in Sentry is here without a sync`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let error = try await service.openError()
      let issue = try await service.call("GET", "/sentry-issues/\(error)")
      try await service.act(
        .sentry, "issues/\(issue.text("short_id"))/status", ["status": "resolved"])
      try await eventually("the error is resolved here") {
        try await service.call("GET", "/sentry-issues/\(error)").text("status") == "resolved"
      }
    }
  }

  @Test(arguments: WebhookSource.allCases)
  func `what is unsigned, forged or changed is refused and only counted`(_ source: WebhookSource)
    async throws
  {
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      let id = source == .jira ? organizations.jira : organizations.sentry
      let secret =
        source == .jira ? TestService.jiraSecret : service.sentry.configuration.clientSecret
      let body = Array(#"{"webhookEvent":"x"}"#.utf8)
      let good = HMACSHA256.hexDigest(of: body, key: Array(secret.utf8))
      let field = source == .jira ? "X-Hub-Signature" : "Sentry-Hook-Signature"
      let prefix = source == .jira ? "sha256=" : ""
      let path = "/webhooks/\(source.rawValue)/\(id)"
      let unsigned = try await service.deliver(path, body, [:])
      let forged = try await service.deliver(
        path, body, [field: prefix + HMACSHA256.hexDigest(of: body, key: [1])])
      let changed = try await service.deliver(path, body + [32], [field: prefix + good])
      for refused in [unsigned, forged, changed] { #expect(refused.status == 401) }
      let nobody = try await service.deliver(
        "/webhooks/\(source.rawValue)/9999", body, [field: prefix + good])
      #expect(nobody.status == 404)
      #expect(try await service.call("GET", "/webhook-deliveries").data.isEmpty)
      try await eventually("the refusals are counted") {
        let rows = try await service.database.pool.query(
          "select reason, refusals from webhook_refusals where source = $1 order by reason",
          source.rawValue)
        return try rows.map { "\(try $0.text(0)) \(try $0.int64(1))" }
          == ["forged 2", "unsigned 1"]
      }
      let large = try await service.deliver(
        path, Array(repeating: 32, count: WebhookRoutes.bodyLimit + 1), [field: prefix + "00"])
      #expect(large.status == 413)
    }
  }

  @Test func `an organization without a secret takes no webhook`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let id = try await service.connect().jira
      let answer = try await service.deliver(
        "/webhooks/jira/\(id)", Array("{}".utf8), ["X-Hub-Signature": "sha256=00"])
      #expect(answer.status == 401)
      #expect(answer.text("detail").contains("webhook_secret"))
    }
  }

  @Test func `the same delivery twice is stored once`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      let body = issueBody(service, key: "WEB-1").encoded()
      for attempt in 0..<3 {
        let answer = try await service.deliverJira(
          organizations.jira, body, identifier: "one",
          headers: ["X-Atlassian-Webhook-Retry": "\(attempt)"])
        #expect(answer.status == 202)
      }
      let sentry = #"{"action":"resolved","data":{"issue":{"id":"5000001"}}}"#
      for request in ["a", "b"] {
        let answer = try await service.deliverSentry(
          organizations.sentry, Array(sentry.utf8), headers: ["Request-ID": request])
        #expect(answer.status == 202)
      }
      let stored = try await service.call("GET", "/webhook-deliveries").data
      #expect(stored.count == 2)
      #expect(stored.contains { $0["event"] == "issue.resolved" })
      #expect(
        stored.contains {
          $0["delivery_id"] == "one" && $0["sent_at"] == "2025-06-15T15:06:40.123Z"
        })
    }
  }

  @Test func `the same words of Sentry after others are news again`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let id = try await service.connectWebhooks(registers: false).sentry
      func deliver(_ action: String) async throws {
        let body = #"{"action":"\#(action)","data":{"issue":{"id":"5000001"}}}"#
        #expect(try await service.deliverSentry(id, Array(body.utf8)).status == 202)
        try await eventually("\(action) is processed") {
          try await service.call("GET", "/webhook-deliveries?state=pending").data.isEmpty
        }
      }
      try await deliver("resolved")
      try await deliver("unresolved")
      let issue = try await service.call("GET", "/sentry-issues").data.first {
        $0["sentry_id"] == 5_000_001
      }
      try await service.act(.sentry, "issues/5000001/status", ["status": "resolved"])
      try await deliver("resolved")
      let now = try await service.call(
        "GET", "/sentry-issues/\(issue?["id"]?.wholeNumber ?? 0)")
      #expect(now.text("status") == "resolved")
      #expect(try await service.call("GET", "/webhook-deliveries").data.count == 2)
    }
  }

  @Test func `what is signed and strange is accepted and ignored with a reason`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      let bodies = [
        "", "no json", "[]", "5", "null", "{}", #"{"issue":5}"#, #"{"issue":{"id":{}}}"#,
        #"{"issue":{"id":99999999}}"#, #"{"issue":{"id":99999999},"note":"a\u0000b"}"#,
        #"{"data":{"issue":{"id":"99999999999999999999"}}}"#, #"{"data":[]}"#, "\u{FEFF}{}",
      ]
      for (number, body) in bodies.enumerated() {
        let jira = try await service.deliverJira(
          organizations.jira, Array(body.utf8), identifier: "\(number)")
        #expect(jira.status == 202, "\(body)")
        let sentry = try await service.deliverSentry(organizations.sentry, Array(body.utf8))
        #expect(sentry.status == 202, "\(body)")
      }
      _ = try await service.deliverJira(organizations.jira, [0xFF, 0xFE, 0], identifier: "bytes")
      try await eventually("all are settled") {
        try await service.call("GET", "/webhook-deliveries?state=pending").data.isEmpty
      }
      let stored = try await service.call("GET", "/webhook-deliveries?limit=200").data
      #expect(stored.count == 2 * bodies.count + 1)
      #expect(stored.allSatisfy { $0["state"] == "ignored" })
      #expect(stored.allSatisfy { $0["reason"]?.stringValue?.isEmpty == false })
    }
  }

  @Test func `while a vendor is down deliveries wait, and are processed when it is back`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 4) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      let body = issueBody(service, key: "WEB-1").encoded()
      _ = try await service.deliverJira(organizations.jira, body, identifier: "1")
      try await eventually("the failure is noted") {
        try await service.call("GET", "/webhook-deliveries").data.first?["reason"]?.stringValue?
          .contains("Jira") == true
      }
      let waiting = try #require(try await service.call("GET", "/webhook-deliveries").data.first)
      #expect(waiting["state"] == "pending")
      service.jira.faults = SandboxFaults()
      let id = waiting["id"]?.wholeNumber ?? 0
      let replayed = try await service.call("POST", "/webhook-deliveries/\(id)/replays")
      #expect(replayed.status == 202)
      #expect(replayed.headerFields["location"] == "/api/v1/webhook-deliveries/\(id)")
      try await eventually("it is processed") {
        try await service.call("GET", "/webhook-deliveries/\(id)").text("state") == "processed"
      }
      #expect(try await service.call("POST", "/webhook-deliveries/99/replays").status == 404)
    }
  }

  @Test func `every payload seen in public is accepted, and applied or ignored with a reason`()
    async throws
  {
    guard Contracts.areHere else {
      print("No vendor payloads lie beside the checkout: skipped.")
      return
    }
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      var count = 0
      for (name, bytes) in Contracts.files("jira/webhooks") {
        let answer = try await service.deliverJira(organizations.jira, bytes, identifier: name)
        #expect(answer.status == 202, "\(name)")
        count += 1
      }
      for (name, bytes) in Contracts.files("sentry/webhooks") {
        let answer = try await service.deliverSentry(organizations.sentry, bytes)
        #expect(answer.status == 202, "\(name)")
        count += 1
      }
      #expect(count > 70)
      try await eventually("all are settled") {
        try await service.call("GET", "/webhook-deliveries?state=pending").data.isEmpty
      }
      let stored = try await service.call("GET", "/webhook-deliveries?limit=200").data
      #expect(stored.count == count)
      #expect(stored.allSatisfy { ["processed", "ignored"].contains($0["state"]) })
      #expect(stored.allSatisfy { $0["reason"]?.stringValue?.isEmpty == false })
    }
  }
}
