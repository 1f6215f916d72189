import Foundation
import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

@Suite struct SecrecyTests {
  /// Everything that a client was told.
  private final class Talk {
    let service: TestService
    var heard = ""

    init(_ service: TestService) { self.service = service }

    @discardableResult
    func call(_ method: String, _ path: String, _ body: JSONValue? = nil, _ key: String? = nil)
      async throws -> TestService.Answer
    {
      let answer = try await service.call(
        method, path, body, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
      heard += "\(answer.headerFields) " + String(decoding: answer.json.encoded(), as: UTF8.self)
      return answer
    }
  }

  /// Each is planted where a secret goes; none may come out anywhere.
  private static let planted = [
    "canary-jira-token", "canary-webhook-secret", "canary-sentry-token", "canary-client-secret",
    "canary-wrong-token",
  ]

  @Test func `no secret comes out in an answer, a log line or a row`() async throws {
    let log = LogCapture()
    try await TestService.with(projects: 2, issues: 20, logger: log.logger) { service in
      let (jira, sentry) = try await service.connect()
      let talk = Talk(service)
      let valid = service.jira.configuration.apiToken
      // Right secrets and wrong ones; the same request again; a refused one; a failing vendor.
      try await talk.call(
        "PATCH", "/jira-organizations/\(jira)", ["webhook_secret": "canary-webhook-secret"])
      try await talk.call(
        "PATCH", "/sentry-organizations/\(sentry)", ["client_secret": "canary-client-secret"])
      for _ in 0..<2 {
        try await talk.call(
          "POST", "/jira-organizations",
          [
            "name": "second", "base_url": "https://second.atlassian.net", "username": "a@b.c",
            "api_token": "canary-jira-token", "webhook_secret": "canary-webhook-secret",
          ], "same")
      }
      let invalid = try await talk.call(
        "POST", "/sentry-organizations",
        ["name": "x", "slug": "NOT A SLUG", "auth_token": "canary-sentry-token"])
      #expect(invalid.status == 422)
      try await talk.call(
        "PATCH", "/sentry-organizations/\(sentry)", ["auth_token": "canary-wrong-token"])
      try await talk.call(
        "PATCH", "/jira-organizations/\(jira)", ["api_token": "canary-wrong-token"])
      for (kind, id) in [("jira", jira), ("sentry", sentry)] {
        let test = try await talk.call("POST", "/\(kind)-organizations/\(id)/connection-tests")
        #expect(test.text("status") == "unauthorized")
        let run = try await talk.call("POST", "/\(kind)-organizations/\(id)/sync-runs", [:])
        if run.status == 202 { _ = try await service.finished(run: run.id("id")) }
      }
      let made = try await service.call(
        "POST", "/api-tokens", ["name": "t", "scope": "read"], headers: ["Idempotency-Key": "one"])
      let secret = made.text("token")
      #expect(secret.count > 20)
      for path in [
        "/jira-organizations", "/sentry-organizations", "/audit-events", "/sync-runs",
        "/dashboard", "/api-tokens", "/jira-projects", "/links",
      ] {
        try await talk.call("GET", path)
      }

      let hidden = Self.planted + [secret, TestService.adminToken, valid]
      for word in hidden {
        #expect(!talk.heard.contains(word), "told: \(word)")
        #expect(!log.lines.contains { $0.contains(word) }, "logged: \(word)")
        let base64 = Data("\(service.jira.configuration.username):\(word)".utf8)
          .base64EncodedString()
        #expect(!log.lines.contains { $0.contains(base64) }, "logged: \(word)")
      }
      #expect(log.lines.contains { $0.contains("request") })
      let tables = try await service.database.pool.query(
        "select relname::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
      ).map { try $0.text("name") }
      #expect(tables.count > 15)
      for table in tables {
        for word in hidden {
          let found = try await service.database.pool.query(
            Statement("select from \(table) row where strpos(row::text, $1) > 0"), word)
          #expect(found.isEmpty, "\(word) stands in \(table)")
        }
      }
    }
  }
}
