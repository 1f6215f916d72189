import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Testing

@testable import App

@Suite struct AccessTests {
  /// What asks for more than reading with GET and writing with the others.
  static let adminOnly: Set<String> = [
    "GET /api-tokens", "POST /api-tokens", "GET /api-tokens/{id}", "DELETE /api-tokens/{id}",
    "GET /audit-events", "GET /audit-events/{id}",
    "POST /jira-organizations", "PATCH /jira-organizations/{id}", "DELETE /jira-organizations/{id}",
    "POST /sentry-organizations", "PATCH /sentry-organizations/{id}",
    "DELETE /sentry-organizations/{id}", "PUT /status-mappings",
  ]
  /// POSTs that change nothing.
  static let readers: Set<String> = ["POST /sentry-issues/{id}/jira-ticket-preview"]

  private func scope(_ name: String, _ method: String) -> Scope {
    if Self.adminOnly.contains(name) { return .admin }
    return method == "GET" || Self.readers.contains(name) ? .read : .write
  }

  @Test func `each route asks for the scope that its change needs`() async throws {
    try await TestService.with(
      projects: 1, issues: 1, environment: ["ISSUEBRIDGE_FAILURES_PER_MINUTE": "0"]
    ) { service in
      let tokens = service.services.tokens
      let read = try await tokens.create(name: "r", scope: .read, expiresAt: nil).token
      let write = try await tokens.create(name: "w", scope: .write, expiresAt: nil).token
      let expired = try await tokens.create(
        name: "e", scope: .admin, expiresAt: Date(timeIntervalSinceNow: 0.05)
      ).token
      let revoked = try await service.call("POST", "/api-tokens", ["name": "x", "scope": "admin"])
      let ended = try await service.call("DELETE", "/api-tokens/\(revoked.id("id"))")
      #expect(ended.status == 204)
      try await Task.sleep(for: .milliseconds(60))

      let routes = Application(services: service.services).routes.filter {
        $0.pattern.hasPrefix("/api/v1/") && $0.pattern != "/api/v1/session"
      }
      #expect(routes.count > 40)
      for route in routes {
        let method = route.method.rawValue
        let pattern = String(route.pattern.dropFirst("/api/v1".count))
        let name = "\(method) \(pattern)"
        let path = pattern.replacing("{id}", with: "999999")
        let body: JSONValue? = method == "GET" || method == "DELETE" ? nil : [:]
        func status(_ token: String?) async throws -> Int {
          try await service.call(method, path, body, token: token).status
        }
        let refused = [nil, "wrong", expired, revoked.text("token")]
        for token in refused {
          let answer = try await service.call(method, path, body, token: token)
          #expect(answer.status == 401, "\(name)")
          #expect(answer.headerFields["www-authenticate"]?.hasPrefix("Bearer") == true, "\(name)")
        }
        let needs = scope(name, method)
        let asReader = try await status(read)
        #expect((asReader == 403) == (needs > .read), "\(name): \(asReader) for read")
        let asWriter = try await status(write)
        #expect((asWriter == 403) == (needs > .write), "\(name): \(asWriter) for write")
        let asAdmin = try await status(TestService.adminToken)
        #expect(![401, 403].contains(asAdmin) && asAdmin < 500, "\(name): \(asAdmin) for admin")
      }
    }
  }

  @Test func `HEAD answers as GET without a body, OPTIONS and others say what is allowed`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 1) { service in
      let application = Application(services: service.services)
      let patterns = Set(application.routes.map(\.pattern)).filter { $0.hasPrefix("/api/v1/") }
      for pattern in patterns {
        let path = String(
          pattern.dropFirst("/api/v1".count).replacing("{id}", with: "999999"))
        let allowed = Set(
          application.routes.filter { $0.pattern == pattern }.map(\.method.rawValue))
        let options = try await service.call("OPTIONS", path)
        #expect(options.status == 204, "\(path)")
        let allow = Set(
          (options.headerFields["allow"] ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
          })
        #expect(allow.isSuperset(of: allowed), "\(path): \(allow)")
        #expect(allow.contains("HEAD") == allowed.contains("GET"), "\(path): \(allow)")
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] where !allowed.contains(method) {
          let answer = try await service.call(method, path)
          #expect(answer.status == 405, "\(method) \(path)")
          #expect(answer.headerFields["allow"] != nil, "\(method) \(path)")
        }
        guard allowed.contains("GET"), !path.hasSuffix("/events") else { continue }
        let get = try await service.call("GET", path)
        let head = try await service.call("HEAD", path)
        #expect(head.status == get.status, "\(path)")
        #expect(head.json == .null, "\(path)")
      }
    }
  }

  @Test func `a listed origin may read answers and send changes, another may not`() async throws {
    try await TestService.with(
      projects: 1, issues: 1, environment: ["ISSUEBRIDGE_CORS_ORIGINS": "https://app.example"]
    ) { service in
      let origin = ["Origin": "https://app.example"]
      let answer = try await service.call("GET", "/products", headers: origin)
      #expect(answer.headerFields["access-control-allow-origin"] == "https://app.example")
      #expect(answer.headerFields["access-control-expose-headers"]?.contains("Link") == true)
      #expect(answer.headerFields["vary"]?.contains("Origin") == true)
      let refused = try await service.call("GET", "/products", token: nil, headers: origin)
      #expect(refused.status == 401)
      #expect(refused.headerFields["access-control-allow-origin"] == "https://app.example")
      let asked = try await service.call(
        "OPTIONS", "/products", token: nil,
        headers: origin.merging(["Access-Control-Request-Method": "POST"]) { $1 })
      #expect(asked.status == 204)
      #expect(asked.headerFields["access-control-allow-headers"]?.contains("If-Match") == true)
      let stranger = try await service.call(
        "GET", "/products", headers: ["Origin": "https://evil.example"])
      #expect(stranger.status == 200)
      #expect(stranger.headerFields["access-control-allow-origin"] == nil)
      #expect(stranger.headerFields["vary"]?.contains("Origin") == true)
    }
  }
}
