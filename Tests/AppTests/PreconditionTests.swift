import RESTClient
import Testing

@testable import App

@Suite struct PreconditionTests {
  @Test func aClientThatHasTheResourceIsToldSo() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let id = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
      let first = try await service.call("GET", "/products/\(id)")
      let tag = try #require(first.headerFields["etag"])
      let second = try await service.call(
        "GET", "/products/\(id)", headers: ["If-None-Match": "\"other\", W/\(tag)"])
      #expect(second.status == 304)
      #expect(second.headerFields["etag"] == tag)
      #expect(second.json == .null)
      _ = try await service.call("PATCH", "/products/\(id)", ["owner_team": "web"])
      let third = try await service.call(
        "GET", "/products/\(id)", headers: ["If-None-Match": tag])
      #expect(third.status == 200)
      #expect(third.headerFields["etag"] != tag)
    }
  }

  @Test func aChangeOfWhatWasChangedMeanwhileIsRefusedAndChangesNothing() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let organizations = try await service.connect()
      let product = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
      let token = try await service.call("POST", "/api-tokens", ["name": "t", "scope": "read"])
      let project = try await service.call("GET", "/jira-projects").data[0]["id"]?.wholeNumber ?? 0
      let sentry = try await service.call("GET", "/sentry-projects").data[0]["id"]?.wholeNumber ?? 0
      let changes: [(String, JSONValue)] = [
        ("/products/\(product)", ["owner_team": "other"]),
        ("/jira-organizations/\(organizations.jira)", ["name": "other"]),
        ("/sentry-organizations/\(organizations.sentry)", ["name": "other"]),
        ("/jira-projects/\(project)", ["max_issues": 7]),
        ("/sentry-projects/\(sentry)", ["max_issues": 7]),
      ]
      for (path, body) in changes {
        let before = try await service.call("GET", path)
        let tag = try #require(before.headerFields["etag"])
        let stale = ["If-Match": "\"stale\", W/\(tag)"]
        let refused = try await service.call("PATCH", path, body, headers: stale)
        #expect(refused.status == 412, "\(path)")
        #expect(refused.headerFields["etag"] == tag, "\(path)")
        #expect(try await service.call("GET", path).json == before.json, "\(path)")
        let done = try await service.call("PATCH", path, body, headers: ["If-Match": tag])
        #expect(done.status == 200, "\(path)")
      }
      for path in [
        "/products/\(product)", "/api-tokens/\(token.id("id"))",
        "/jira-organizations/\(organizations.jira)",
      ] {
        let refused = try await service.call("DELETE", path, headers: ["If-Match": "\"stale\""])
        #expect(refused.status == 412, "\(path)")
        let tag = try #require(try await service.call("GET", path).headerFields["etag"])
        let done = try await service.call("DELETE", path, headers: ["If-Match": tag])
        #expect(done.status == 204, "\(path)")
      }
    }
  }
}
