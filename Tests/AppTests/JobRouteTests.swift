import JobQueue
import Postgres
import RESTClient
import Testing
import TestSupport

@testable import App

@Suite struct JobRouteTests {
  /// Nobody does this kind, so it stays as it is.
  private struct Idle: JobKind {
    static let kind = "idle"
    var number: Int
  }

  @Test func `jobs can be read, cancelled and run again`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let pool = service.database.pool
      let id = try #require(
        try await service.services.jobs.enqueue(
          Idle(number: 7), in: pool, options: JobOptions(uniqueKey: "idle:7")))
      let listed = try await service.call("GET", "/jobs?kind=idle&state=available").data
      #expect(listed.count == 1)
      #expect(listed.first?["arguments"]?["number"] == 7)
      #expect(try await service.call("POST", "/jobs/\(id)/retries").status == 409)
      #expect(try await service.call("DELETE", "/jobs/\(id)").status == 204)
      let cancelled = try await service.call("GET", "/jobs/\(id)")
      #expect(cancelled.text("state") == "cancelled")
      #expect(cancelled.json["next_run_at"] == JSONValue.null)
      #expect(try await service.call("DELETE", "/jobs/\(id)").status == 409)
      let again = try await service.call("POST", "/jobs/\(id)/retries")
      #expect(again.status == 202)
      #expect(again.text("state") == "available")
      #expect(again.headerFields["location"] == "/api/v1/jobs/\(id)")
      _ = try await service.call("DELETE", "/jobs/\(id)")
      let other = try await service.services.jobs.enqueue(
        Idle(number: 8), in: pool, options: JobOptions(uniqueKey: "idle:7"))
      #expect(other != nil)
      #expect(try await service.call("POST", "/jobs/\(id)/retries").status == 409)
      #expect(try await service.call("GET", "/jobs/999999").status == 404)
      #expect(try await service.call("DELETE", "/jobs/999999").status == 404)
      #expect(try await service.call("GET", "/jobs?state=asleep").status == 400)
    }
  }

  @Test func `a failed job shows what it died of`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let pool = service.database.pool
      _ = try await pool.query(
        """
        insert into jobs (kind, arguments, state, attempt, max_attempts)
        values ('settle_ticket', '{"linkID": "no number"}', 'available', 0, 1)
        """)
      try await eventually("it is given up") {
        try await service.call("GET", "/jobs?kind=settle_ticket&state=discarded").data.count == 1
      }
      let job = try #require(try await service.call("GET", "/jobs?kind=settle_ticket").data.first)
      #expect(
        job["errors"]?.arrayValue?.first?["error"]?.stringValue?.contains("cannot be read") == true)
    }
  }
}
