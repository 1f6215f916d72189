import Foundation
import RESTClient
import Postgres
import TestSupport
import Sandbox
import Testing

@testable import App

@Suite struct BadInputTests {
  @Test func `a character that cannot be stored is refused wherever it stands`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      for body in [#"{"name":"a\u0000b"}"#, #"{"fields":{"x":[{"\u0000":1}]}}"#] {
        for path in ["/products", "/jira-tickets"] {
          let answer = try await service.send("POST", path, Array(body.utf8))
          #expect(answer.status == 422)
          #expect(answer.text("detail").contains("U+0000"))
        }
      }
    }
  }

  @Test func `what a client gets wrong is refused with what to do`() async throws {
    try await TestService.with(issues: 6) { service in
      let long = String(repeating: "x", count: 201)
      let cases: [(String, String, String, Int, String)] = [
        ("POST", "/products", #"{"name":"\#(long)"}"#, 422, "/name: Must have 1 to 200 characters"),
        ("POST", "/products", #"{"name":"a","colour":1}"#, 422, "/colour: Unknown field"),
        ("POST", "/products", #"{}"#, 422, "/name: Is required"),
        ("POST", "/products", #"{"name":"a","parent_id":77}"#, 409, "parent"),
        ("POST", "/products", #"{"name":"a","priority":"urgent"}"#, 422, "critical, high"),
        ("POST", "/products", #"{"name":"a\u0000"}"#, 422, "U+0000"),
        ("POST", "/products", #"{"name":"#, 400, "not valid JSON"),
        ("POST", "/products", #"[1]"#, 400, "must be a JSON object"),
        ("GET", "/products?x=1", "", 400, "Unknown query parameter 'x'"),
        ("GET", "/products?limit=201", "", 400, "'limit'"),
        ("GET", "/products?sort=colour", "", 400, "'sort'"),
        ("GET", "/products?cursor=abc", "", 400, "'cursor'"),
        ("GET", "/products/77", "", 404, "no product 77"),
        ("GET", "/products/abc", "", 404, "no resource at"),
        ("GET", "/nothing", "", 404, "nothing at"),
        ("PUT", "/products", "{}", 405, "GET"),
        ("DELETE", "/links/77", "", 404, "no link 77"),
        ("POST", "/links", #"{"sentry_issue_id":1,"jira_issue_id":2}"#, 422, "no Sentry issue 1"),
        (
          "POST", "/project-assignments", #"{"product_id":9,"jira_project_ids":[1]}"#, 422,
          "no product 9"
        ),
        ("GET", "/jira-issues?updated_since=yesterday", "", 400, "RFC 3339"),
      ]
      for (method, path, body, status, words) in cases {
        let answer = try await service.send(
          method, path, body.isEmpty ? nil : Array(body.utf8))
        #expect(answer.status == status, "\(method) \(path) \(body) gave \(answer.json)")
        #expect(
          answer.text("detail").contains(words), "\(method) \(path) \(body) gave \(answer.json)")
        #expect(answer.headerFields["content-type"] == "application/problem+json")
        #expect(answer.text("instance") == answer.headerFields["x-request-id"])
      }
      let media = try await service.send(
        "POST", "/products", Array("name=x".utf8), contentType: "text/plain")
      #expect(media.status == 415)
      let large = try await service.send(
        "POST", "/products", Array(repeating: UInt8(ascii: " "), count: 1_000_001))
      #expect(large.status == 413)
    }
  }

  @Test(arguments: [
    ("http://acme.atlassian.net", "https://"), ("https://evil.example", "not allowed"),
    ("https://10.0.0.1", "private address"), ("https://[::1]", "private address"),
    ("https://169.254.169.254", "private address"), ("https://localhost", "private address"),
    ("https://me:secret@acme.atlassian.net", "credentials"), ("ftp://acme.atlassian.net", "https"),
    ("https://acme.atlassian.net.evil.example", "not allowed"),
    ("https://acme.atlassian.net:8443", "not allowed"), ("nonsense", "URL"),
  ])
  func `a base URL that could lead inside is refused`(url: String, words: String) async throws {
    let policy = try VendorHostPolicy.parse(VendorHostPolicy.standard)
    var body = BodyFields(["base_url": .string(url)])
    #expect(body.vendorURL("base_url", .jira, policy) == nil)
    let problem = try #require(throws: Problem.self) { try body.finish() }
    #expect(problem.detail.contains(words), "\(problem.detail)")
  }

  @Test func `without a fitting token nothing is said`() async throws {
    try await TestService.with(issues: 6) { service in
      let none = try await service.call("GET", "/products", token: nil)
      #expect(none.status == 401)
      #expect(none.headerFields["www-authenticate"] == "Bearer")
      #expect(try await service.call("GET", "/products", token: "wrong").status == 401)
      func token(_ scope: Scope, _ end: Date?) async throws -> String {
        try await service.services.tokens.create(name: "t", scope: scope, expiresAt: end).token
      }
      let reader = try await token(.read, nil)
      let body: JSONValue = .object(["name": .string("a")])
      #expect(try await service.call("GET", "/products", token: reader).status == 200)
      let refused = try await service.call("POST", "/products", body, token: reader)
      #expect(refused.status == 403)
      #expect(refused.text("detail").contains("'write'"))
      let writer = try await token(.write, Date(timeIntervalSinceNow: 60))
      #expect(try await service.call("POST", "/products", body, token: writer).status == 201)
      let ended = try await token(.admin, Date(timeIntervalSinceNow: -1))
      let expired = try await service.call("GET", "/products", token: ended)
      #expect(expired.status == 401)
      #expect(expired.text("detail").contains("expired"))
    }
  }

  @Test func `a vendor that cannot be reached or answers garbage is explained`() async throws {
    try await TestService.with(issues: 6) { service in
      func add(_ name: String, _ url: String) async throws -> Int {
        try await service.call(
          "POST", "/jira-organizations",
          .object([
            "name": .string(name), "base_url": .string(url), "username": .string("a@example.com"),
            "api_token": .string("canary-api-token"),
          ])
        ).id("id")
      }
      let unreachable = try await add("unreachable", "http://127.0.0.1:1")
      let failed = try await service.call(
        "POST", "/jira-organizations/\(unreachable)/connection-tests")
      #expect(failed.text("status") == "failed")
      #expect(failed.text("message").contains("check the base URL"))

      let garbage = try await add("garbage", service.jira.baseURL)
      var faults = SandboxFaults()
      faults.garbage = 1
      service.jira.faults = faults
      let odd = try await service.call("POST", "/jira-organizations/\(garbage)/connection-tests")
      #expect(odd.text("status") == "failed")
      #expect(odd.text("message").contains("base URL"))
      for answer in [failed, odd, try await service.call("GET", "/jira-organizations")] {
        let text = String(decoding: answer.json.encoded(), as: UTF8.self)
        #expect(!text.contains("canary"), "no secret in an answer")
      }
      let stored = try await service.database.pool.query(
        "select string_agg(o::text, '') as everything from jira_organizations o")
      #expect(try !stored[0].text("everything").contains("canary"))
    }
  }

  @Test func `a product's parents form no loop, and a parent with children stays`() async throws {
    try await TestService.with(issues: 6) { service in
      func add(_ name: String, _ parent: Int?) async throws -> Int {
        try await service.call(
          "POST", "/products",
          .object(["name": .string(name), "parent_id": parent.map { JSONValue($0) } ?? .null])
        ).id("id")
      }
      let top = try await add("top", nil)
      let below = try await add("below", top)
      let loop = try await service.call(
        "PATCH", "/products/\(top)", .object(["parent_id": JSONValue(below)]))
      #expect(loop.status == 409)
      #expect(try await service.call("DELETE", "/products/\(top)").status == 409)
      let cleared = try await service.call(
        "PATCH", "/products/\(below)", .object(["parent_id": .null, "owner_team": .string("core")]))
      #expect(cleared.json["parent_id"] == .null)
      #expect(cleared.text("owner_team") == "core")
      #expect(try await service.call("DELETE", "/products/\(top)").status == 204)
      #expect(try await add("below", nil) == -1, "a slug is taken once")
    }
  }
}
