import Foundation
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct SessionTests {
  @Test func `a session acts for its token, in its scope, until it is signed out`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let reader = try await service.services.tokens.create(
        name: "reader", scope: .read, expiresAt: nil)
      let cookie = try await service.signIn(reader.token)
      let who = try await service.visit("GET", "/session", cookie: cookie)
      #expect(who.status == 200)
      #expect(who.text("name") == "reader" && who.text("scope") == "read")
      #expect(try await service.visit("GET", "/products", cookie: cookie).status == 200)
      let refused = try await service.visit("POST", "/products", cookie: cookie, fromConsole: true)
      #expect(refused.status == 403)
      #expect(refused.text("detail").contains("'write'"))

      #expect(try await service.visit("DELETE", "/session", cookie: cookie).status == 403)
      let out = try await service.visit("DELETE", "/session", cookie: cookie, fromConsole: true)
      #expect(out.status == 204)
      #expect(out.headerFields["set-cookie"]?.contains("Max-Age=0") == true)
      #expect(try await service.visit("GET", "/session", cookie: cookie).status == 401)
    }
  }

  @Test func `a change by cookie needs the console's header`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let cookie = try await service.signIn(TestService.adminToken)
      let body = Array(#"{"name":"Web Shop"}"#.utf8)
      let without = try await service.visit("POST", "/products", cookie: cookie, body: body)
      #expect(without.status == 403)
      #expect(without.text("detail").contains("X-IssueBridge-Console"))
      let with = try await service.visit(
        "POST", "/products", cookie: cookie, fromConsole: true, body: body)
      #expect(with.status == 201)
    }
  }

  @Test func `the cookie is out of reach for scripts and other sites, and stored as a hash`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call(
        "POST", "/session", .object(["token": .string(TestService.adminToken)]), token: nil)
      #expect(answer.status == 201)
      let field = answer.headerFields["set-cookie"] ?? ""
      for part in ["issuebridge_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        #expect(field.contains(part), "\(field) lacks \(part)")
      }
      #expect(!field.contains(TestService.adminToken))
      let stored = try await service.database.pool.query(
        "select s::text as whole from console_sessions s")
      #expect(stored.count == 1)
      let secret = field.split(separator: ";")[0].split(separator: "=")[1]
      #expect(secret.count == 64)
      #expect(try !stored[0].text("whole").contains(secret))
    }
  }

  @Test(arguments: ["", "a", "!!", "0", "é", "..%00", "~~~", "\"x\""])
  func `a cookie that is none is refused, and nothing else happens`(_ piece: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      for value in [piece, String(repeating: piece, count: 64)] {
        let answer = try await service.visit(
          "GET", "/products", cookie: "issuebridge_session=\(value)")
        #expect(answer.status == 401 || answer.status == 400)
      }
      let alive = try await service.call("GET", "/products")
      #expect(alive.status == 200)
    }
  }

  @Test func `a session ends with its token`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let made = try await service.services.tokens.create(
        name: "leaving", scope: .admin, expiresAt: nil)
      let cookie = try await service.signIn(made.token)
      #expect(try await service.visit("GET", "/products", cookie: cookie).status == 200)
      _ = try await service.database.pool.query(
        "update api_tokens set revoked_at = now() where id = $1", made.id)
      #expect(try await service.visit("GET", "/products", cookie: cookie).status == 401)

      let short = try await service.services.tokens.create(
        name: "short", scope: .admin, expiresAt: Date(timeIntervalSinceNow: 3600))
      let another = try await service.signIn(short.token)
      _ = try await service.database.pool.query(
        "update api_tokens set expires_at = now() - interval '1 second' where id = $1", short.id)
      #expect(try await service.visit("GET", "/products", cookie: another).status == 401)
    }
  }

  @Test(arguments: ["expires_at = now() - interval '1 second'", "bootstrap_proof = '\\x00'"])
  func `a session that has ended or was not proven lets nobody in`(change: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let cookie = try await service.signIn(TestService.adminToken)
      #expect(try await service.visit("GET", "/products", cookie: cookie).status == 200)
      _ = try await service.database.pool.query(.init("update console_sessions set \(change)"))
      #expect(try await service.visit("GET", "/products", cookie: cookie).status == 401)
    }
  }

  @Test(arguments: ["", "not-a-token", "ib_0000"])
  func `a token that is none makes no session`(token: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = try await service.call(
        "POST", "/session", .object(["token": .string(token)]), token: nil)
      #expect(answer.status == (token.isEmpty ? 422 : 401))
      #expect(answer.headerFields["set-cookie"] == nil)
    }
  }
}

extension TestService {
  /// Signs in and answers the value of the Cookie field.
  func signIn(_ token: String) async throws -> String {
    let answer = try await call("POST", "/session", .object(["token": .string(token)]), token: nil)
    return String((answer.headerFields["set-cookie"] ?? "").split(separator: ";").first ?? "")
  }

  /// A request as a browser sends it.
  func visit(
    _ method: String, _ path: String, cookie: String, fromConsole: Bool = false,
    body: [UInt8]? = nil
  ) async throws -> Answer {
    var headers = ["Cookie": cookie]
    if fromConsole { headers["X-IssueBridge-Console"] = "1" }
    return try await send(method, path, body, token: nil, headers: headers)
  }
}
