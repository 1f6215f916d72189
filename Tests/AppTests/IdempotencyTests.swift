import Foundation
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct IdempotencyTests {
  @Test func aRepeatGetsTheFirstAnswerAndChangesNothing() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let key = ["Idempotency-Key": "order-1"]
      let first = try await service.call("POST", "/products", ["name": "Shop"], headers: key)
      #expect(first.status == 201)
      #expect(first.headerFields["idempotent-replayed"] == nil)
      let second = try await service.call("POST", "/products", ["name": "Shop"], headers: key)
      #expect(second.status == 201)
      #expect(second.headerFields["idempotent-replayed"] == "true")
      #expect(second.headerFields["location"] == first.headerFields["location"])
      #expect(second.json == first.json)
      let other = try await service.call("POST", "/products", ["name": "Till"], headers: key)
      #expect(other.status == 422)
      #expect(try await service.call("GET", "/products").data.count == 1)
    }
  }

  @Test func ofManyAtOnceOneWorksAndAllGetItsAnswer() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      try await service.connect()
      let error = try await service.openError()
      let project = try await service.call("GET", "/jira-projects").data[0]["id"] ?? .null
      let answers = try await withThrowingTaskGroup(of: TestService.Answer.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await service.call(
              "POST", "/sentry-issues/\(error)/jira-tickets", ["jira_project_id": project],
              headers: ["Idempotency-Key": "ticket"])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.map(\.status) == Array(repeating: 201, count: 8))
      #expect(Set(answers.map { $0.id("link", "id") }).count == 1)
      #expect(answers.count { $0.headerFields["idempotent-replayed"] == "true" } == 7)
    }
  }

  @Test func whatFailedMayBeTriedAgainUnderItsKey() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let key = ["Idempotency-Key": "again"]
      let refused = try await service.call("POST", "/products", ["name": 1], headers: key)
      #expect(refused.status == 422)
      let fine = try await service.call("POST", "/products", ["name": "Shop"], headers: key)
      #expect(fine.status == 201)
    }
  }

  @Test func aKeptAnswerIsSealedSinceItMayHoldAToken() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call(
        "POST", "/api-tokens", ["name": "script", "scope": "read"],
        headers: ["Idempotency-Key": "token"])
      let token = answer.text("token")
      #expect(token.hasPrefix("ib_"))
      let rows = try await service.database.pool.query(
        "select answer_sealed from idempotency_keys where key = 'token'")
      #expect(try !rows[0].text("answer_sealed").contains(token))
      let again = try await service.call(
        "POST", "/api-tokens", ["name": "script", "scope": "read"],
        headers: ["Idempotency-Key": "token"])
      #expect(again.text("token") == token)
    }
  }

  @Test func theKeyOfAProcessThatDiedIsTakenOver() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let store = IdempotencyStore(pool: service.database.pool)
      let claim = IdempotencyStore.Claim(owner: "o", key: "k", digest: [1])
      guard case .won = try await store.claim(claim, lease: .seconds(60)) else {
        Issue.record("The first claim must win.")
        return
      }
      guard case .atWork = try await store.claim(claim, lease: .seconds(60)) else {
        Issue.record("The second claim must wait.")
        return
      }
      _ = try await service.database.pool.query(
        "update idempotency_keys set lease_until = now() - interval '1 second'")
      guard case .won = try await store.claim(claim, lease: .seconds(60)) else {
        Issue.record("The lease has ended: the next claim must win.")
        return
      }
    }
  }

  @Test(arguments: ["", "two words", String(repeating: "k", count: 256), "ü"])
  func aKeyThatIsNoneIsRefused(key: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call(
        "POST", "/products", ["name": "Shop"], headers: ["Idempotency-Key": key])
      #expect(answer.status == 400)
      #expect(try await service.call("GET", "/products").data.isEmpty)
    }
  }

  @Test func `what may have been done is not done again under its key`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      // The backend dies in the commit, when nobody can tell any more.
      for sql in [
        """
        create function die() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$
        """,
        """
        create constraint trigger products_die after insert on products
        deferrable initially deferred for each row execute function die()
        """,
      ] {
        try await service.database.pool.query(Statement(sql))
      }
      let key = ["Idempotency-Key": "lost"]
      let lost = try await service.call("POST", "/products", ["name": "Shop"], headers: key)
      #expect(lost.status == 503)
      #expect(lost.text("type") == "urn:issuebridge:problem:outcome-unknown")
      try await service.database.pool.query("drop trigger products_die on products")
      let again = try await service.call("POST", "/products", ["name": "Shop"], headers: key)
      #expect(again.status == 503)
      #expect(again.headerFields["idempotent-replayed"] == "true")
      #expect(try await service.call("GET", "/products").data.isEmpty)
      let fresh = try await service.call("POST", "/products", ["name": "Shop"])
      #expect(fresh.status == 201)
    }
  }
}
