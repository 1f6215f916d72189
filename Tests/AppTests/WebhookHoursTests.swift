import RESTClient
import Testing
import TestSupport

@testable import App

@Suite struct WebhookHoursTests {
  @Test func `the dashboard counts what webhooks delivered, each delivery once`() async throws {
    try await TestService.with { service in
      try await service.connectWebhooks()
      let before = try await service.call("GET", "/dashboard").json["webhooks_per_hour"]
      #expect(before?.arrayValue?.count == DashboardStore.hours)
      #expect(Self.sum(before, "jira") == 0)
      let ticket = try #require(
        try await service.call("GET", "/jira-issues?status_category=new&limit=1").data.first)
      let key = ticket["key"]?.stringValue ?? ""
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      let error = try await service.openError()
      let shortID = try await service.call("GET", "/sentry-issues/\(error)").text("short_id")
      try await service.act(.sentry, "issues/\(shortID)/status", ["status": "resolved"])
      try await eventually("both deliveries are counted") {
        let series = try await service.call("GET", "/dashboard").json["webhooks_per_hour"]
        return Self.sum(series, "jira") == 1 && Self.sum(series, "sentry") == 1
      }
      let delivery = try #require(
        try await service.call("GET", "/webhook-deliveries?source=jira").data.first)
      _ = try await service.call(
        "POST", "/webhook-deliveries/\(delivery["id"]?.wholeNumber ?? 0)/replays")
      let after = try await service.call("GET", "/dashboard").json["webhooks_per_hour"]
      #expect(Self.sum(after, "jira") == 1)
    }
  }

  /// Over all hours: the test may run across the end of one.
  private static func sum(_ series: JSONValue?, _ name: String) -> Int {
    (series?.arrayValue ?? []).reduce(0) { $0 + ($1[name]?.wholeNumber ?? 0) }
  }
}
