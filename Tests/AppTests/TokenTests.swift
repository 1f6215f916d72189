import Foundation
import RESTClient
import Testing

@testable import App

@Suite struct TokenTests {
  @Test func aTokenIsShownOnceWorksAndEndsAtOnceWhenRevoked() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let made = try await service.call(
        "POST", "/api-tokens",
        ["name": "script", "scope": "read", "expires_at": "2099-01-01T00:00:00Z"])
      #expect(made.status == 201)
      let token = made.text("token")
      let id = made.id("id")
      #expect(try await service.call("GET", "/products", token: token).status == 200)
      #expect(
        try await service.call("POST", "/products", ["name": "x"], token: token).status == 403)
      let read = try await service.call("GET", "/api-tokens/\(id)")
      #expect(read.json["token"] == nil)
      #expect(read.text("expires_at") == "2099-01-01T00:00:00.000Z")
      #expect(try await service.call("DELETE", "/api-tokens/\(id)").status == 204)
      #expect(try await service.call("GET", "/products", token: token).status == 401)
      #expect(try await service.call("GET", "/api-tokens/\(id)").status == 404)
      #expect(try await service.call("DELETE", "/api-tokens/\(id)").status == 404)
    }
  }

  @Test(
    arguments: [
      (["name": "t"], "/scope"), (["scope": "read"], "/name"),
      (["name": "t", "scope": "root"], "/scope"),
      (["name": "t", "scope": "read", "expires_at": "2001-01-01T00:00:00Z"], "/expires_at"),
      (["name": "t", "scope": "read", "expires_at": "tomorrow"], "/expires_at"),
    ] as [(JSONValue, String)])
  func aTokenThatCannotBeIsRefused(body: JSONValue, pointer: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call("POST", "/api-tokens", body)
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.arrayValue?.first?["pointer"] == .string(pointer))
    }
  }

  @Test func aTokenMayAskSoOftenAndIsToldWhenAgain() {
    let limiter = RateLimiter(limit: 60)
    let start = ContinuousClock.now
    let all = (0..<60).map { _ in limiter.take(token: 1, now: start) }
    #expect(all.allSatisfy { $0?.retryAfter == nil })
    #expect(all.last??.remaining == 0)
    let refused = limiter.take(token: 1, now: start)
    #expect(refused?.retryAfter == 1)
    #expect(refused?.reset == 60)
    #expect(limiter.take(token: 2, now: start)?.retryAfter == nil)
    #expect(limiter.take(token: 1, now: start + .seconds(1))?.retryAfter == nil)
    #expect(limiter.take(token: 1, now: start + .seconds(1))?.retryAfter == 1)
    #expect(RateLimiter(limit: 0).take(token: 1) == nil)
  }

  @Test func everyAnswerToATokenSaysWhatIsLeft() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let made = try await service.call("POST", "/api-tokens", ["name": "s", "scope": "read"])
      let answer = try await service.call("GET", "/products", token: made.text("token"))
      #expect(answer.headerFields["ratelimit-limit"] == "12000")
      #expect(answer.headerFields["ratelimit-remaining"] == "11999")
      #expect(answer.headerFields["ratelimit-reset"] == "1")
      let refused = try await service.call(
        "POST", "/products", ["name": "x"], token: made.text("token"))
      #expect(refused.headerFields["ratelimit-remaining"] != nil)
    }
  }
}
