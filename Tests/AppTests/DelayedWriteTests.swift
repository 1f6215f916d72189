import Foundation
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// A write that waits never wins over a newer change, and timers are nobody's decision.
@Suite struct DelayedWriteTests {
  private struct Made {
    var link: Int
    var shortID: String
    var key: String
  }

  private func make(_ service: TestService) async throws -> Made {
    let error = try await service.openError()
    let made = try await service.call(
      "POST", "/sentry-issues/\(error)/jira-tickets",
      ["jira_project_id": JSONValue(try await service.project("WEB"))])
    try await service.settled()
    return Made(
      link: made.id("link", "id"), shortID: made.text("link", "sentry_issue", "short_id"),
      key: made.text("jira_issue", "key"))
  }

  /// Refuses a kind of request for a while, as a limit does.
  private func limit(_ endpoint: String, seconds: Int) -> SandboxFaults {
    var faults = SandboxFaults()
    faults.rateLimited = 1
    faults.retryAfterSeconds = seconds
    faults.only = endpoint
    return faults
  }

  @Test func `a change of Sentry's while our own waits for the limit is kept`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      service.sentry.faults = limit("PUT api/0/organizations/acme/issues/", seconds: 2)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await eventually("our change waits") {
        service.sentry.stats.faults["rateLimited", default: 0] > 0
      }
      // Somebody resolves it, and then sees that it is not fixed: the last word.
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "resolved"])
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "unresolved"])
      service.sentry.faults = SandboxFaults()
      try await eventually("the ticket is open again") {
        service.jira.statusName(of: made.key) == "To Do"
      }
      try await service.settled()
      #expect(service.sentry.status(of: made.shortID) == "unresolved")
      #expect(service.jira.statusName(of: made.key) == "To Do")
    }
  }

  @Test func `a change of Jira's while our own waits for the limit is kept`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      service.jira.faults = limit("POST .*/transitions", seconds: 2)
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "resolved"])
      try await eventually("our transition waits") {
        service.jira.stats.faults["rateLimited", default: 0] > 0
      }
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "To Do"])
      service.jira.faults = SandboxFaults()
      try await eventually("the issue is unresolved") {
        service.sentry.status(of: made.shortID) == "unresolved"
      }
      try await service.settled()
      #expect(service.jira.statusName(of: made.key) == "To Do")
    }
  }

  @Test func `what a slow write overwrote is restored when it was the later change`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let made = try await make(service)
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      var faults = SandboxFaults()
      faults.latencyMilliseconds = 3000
      service.sentry.faults = faults
      async let answer = service.call("POST", "/links/\(made.link)/sync")
      try await eventually("our change is on its way") {
        service.sentry.stats.requests.contains { $0.key.hasPrefix("PUT") && $0.value > 0 }
      }
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "ignored"])
      faults.latencyMilliseconds = 0
      service.sentry.faults = faults
      let outcome = try await answer
      #expect(outcome.status == 200, "\(outcome.json)")
      #expect(outcome.text("reason").contains("that was restored"), "\(outcome.json)")
      #expect(service.sentry.status(of: made.shortID) == "ignored")
    }
  }

  @Test func `what time alone does is not carried`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await service.act(.sentry, "issues/\(made.shortID)/timer", ["timer": "resolve_by_age"])
      try await eventually("the timeline says so") {
        try await service.call("GET", "/links/\(made.link)/events").data.contains {
          $0["reason"]?.stringValue?.contains("by itself") == true
        }
      }
      try await service.settled()
      #expect(service.jira.statusName(of: made.key) == "To Do")
      // A regression is an event: the ticket is open already, and stays so.
      try await service.act(.sentry, "issues/\(made.shortID)/events")
      try await service.settled()
      try await service.act(.sentry, "issues/\(made.shortID)/timer", ["timer": "set_ongoing"])
      try await service.settled()
      #expect(service.jira.statusName(of: made.key) == "To Do")
      #expect(service.sentry.status(of: made.shortID) == "unresolved")
    }
  }

  @Test
  func `an archived issue stays so when its ticket is done, and reopens it when it escalates`()
    async throws
  {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let made = try await make(service)
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "ignored"])
      try await service.settled()
      try await service.act(.jira, "issues/\(made.key)/transition", ["to": "Done"])
      try await service.settled()
      #expect(service.sentry.status(of: made.shortID) == "ignored")
      // The archive's time is over, and there were no events since: no decision.
      try await service.act(.sentry, "issues/\(made.shortID)/timer", ["timer": "set_ongoing"])
      try await service.settled()
      #expect(service.jira.statusName(of: made.key) == "Done")
      try await service.act(.sentry, "issues/\(made.shortID)/status", ["status": "ignored"])
      try await service.settled()
      try await service.act(
        .sentry, "issues/\(made.shortID)/status",
        ["status": "unresolved", "substatus": "escalating"])
      try await eventually("the ticket is open") {
        service.jira.statusName(of: made.key) == "To Do"
      }
    }
  }
}

/// How many requests a change of status costs.
@Suite struct StatusRequestTests {
  private func requests(_ service: TestService) -> [String: Int] {
    service.jira.stats.requests.merging(service.sentry.stats.requests) { $0 + $1 }
  }

  @Test(arguments: WebhookSource.allCases)
  func `a webhook that moves a linked side costs at most three requests`(_ source: WebhookSource)
    async throws
  {
    try await TestService.with { service in
      let organizations = try await service.connectWebhooks(registers: false)
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let (key, shortID) = (
        made.text("jira_issue", "key"), made.text("link", "sentry_issue", "short_id")
      )
      try await service.settled()
      // Only the side that changes delivers: the other one's echo is a webhook of its own.
      switch source {
      case .jira: try await service.registerJiraWebhook(organizations.jira)
      case .sentry: try await service.registerSentryWebhook(organizations.sentry)
      }
      service.jira.resetStats()
      service.sentry.resetStats()
      switch source {
      case .jira:
        try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
        try await eventually("the issue is resolved") {
          service.sentry.status(of: shortID) == "resolved"
        }
      case .sentry:
        try await service.act(.sentry, "issues/\(shortID)/status", ["status": "resolved"])
        try await eventually("the ticket is done") { service.jira.statusName(of: key) == "Done" }
      }
      try await service.settled()
      #expect(requests(service).values.reduce(0, +) == 3, "\(requests(service))")
      let ticket = try await service.call("GET", "/jira-issues?key=\(key)").data[0]
      #expect(ticket["status_category"] == "done")
    }
  }

  @Test func `our own change's echo from Sentry is not read`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let error = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      try await service.settled()
      service.jira.resetStats()
      service.sentry.resetStats()
      try await service.act(
        .jira, "issues/\(made.text("jira_issue", "key"))/transition", ["to": "Done"])
      try await eventually("the echo came") {
        try await service.call("GET", "/webhook-deliveries?source=sentry").data.contains {
          $0["reason"]?.stringValue?.contains("echo of our own") == true
        }
      }
      try await service.settled()
      #expect(requests(service).values.reduce(0, +) == 3, "\(requests(service))")
    }
  }
}
