import Foundation
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// How many requests a ticket takes of both vendors, from ours to its backlinks
/// (docs/decisions/0016-requests.md).
@Suite struct TicketRequestTests {
  private func finished(_ service: TestService, _ id: Int) async throws -> TestService.Answer {
    var batch = try await service.call("GET", "/ticket-batches/\(id)")
    try await eventually("batch \(id) ends", within: .seconds(180)) {
      batch = try await service.call("GET", "/ticket-batches/\(id)")
      return !["queued", "running"].contains(batch.text("status"))
    }
    return batch
  }

  private func createMany(_ service: TestService, _ errors: [Int]) async throws
    -> TestService.Answer
  {
    let started = try await service.call(
      "POST", "/jira-tickets",
      [
        "jira_project_id": JSONValue(try await service.project("WEB")),
        "sentry_issue_ids": .array(errors.map { JSONValue($0) }),
      ])
    return try await finished(service, started.id("id"))
  }

  @Test func `a ticket takes five requests, and a few more where nothing is remembered yet`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(2)
      for (error, limit) in zip(errors, [8, 5]) {
        service.resetVendorStats()
        let made = try await service.createTicket(error)
        try await service.settled(link: made.id("link", "id"))
        #expect(
          service.vendorRequests <= limit,
          "\(service.jira.stats.requests) \(service.sentry.stats.requests)")
      }
    }
  }

  @Test(arguments: [true, false])
  func `a batch of 50 takes at most 3.5 requests for each ticket`(isBulkAllowed: Bool)
    async throws
  {
    try await TestService.with(projects: 3, issues: 300) { service in
      try await service.connect()
      try await service.act(.jira, "settings", ["bulk_change": .bool(isBulkAllowed)])
      let errors = try await service.openErrors(50)
      #expect(errors.count == 50)
      let before = service.jira.issueCount
      service.resetVendorStats()
      let batch = try await createMany(service, errors)
      #expect(batch.text("status") == "succeeded", "\(batch.json)")
      for result in batch.json["results"]?.arrayValue ?? [] {
        try await service.settled(link: result["link"]?["id"]?.wholeNumber ?? 0)
      }
      #expect(service.jira.issueCount == before + 50)
      // Without the permission for bulk changes each label is removed by a request of its own.
      let each = Double(service.vendorRequests) / 50
      #expect(
        each <= (isBulkAllowed ? 3.5 : 4.5),
        "\(service.jira.stats.requests) \(service.sentry.stats.requests)")
    }
  }

  @Test func `in a batch only what Jira refuses fails, with Jira's words`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(5)
      let shortID = try await service.call("GET", "/sentry-issues/\(errors[2])").text("short_id")
      service.jira.refusedWords = shortID
      let batch = try await createMany(service, errors)
      #expect(batch.text("status") == "partial")
      let results = batch.json["results"]?.arrayValue ?? []
      for (position, result) in results.enumerated() {
        if position == 2 {
          let detail = result["problem"]?["detail"]?.stringValue ?? ""
          #expect(detail.contains("may not be used"), "\(result)")
          #expect(result["link"] == .null)
        } else {
          #expect(result["link"]?["state"] == "active", "\(result)")
        }
      }
      #expect(try await service.call("GET", "/links?state=pending").data.isEmpty)
    }
  }

  @Test func `a lost answer to the creation of many makes no twin`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(6)
      let before = service.jira.issueCount
      var faults = SandboxFaults()
      faults.lostResponse = 1
      faults.only = "^POST rest/api/3/issue/bulk$"
      faults.times = 1
      service.jira.faults = faults
      let batch = try await createMany(service, errors)
      #expect(batch.text("status") == "succeeded", "\(batch.json)")
      #expect(service.jira.issueCount == before + 6)
      #expect(service.jira.stats.requests["POST rest/api/3/issue/bulk"] == 1)
    }
  }
}
