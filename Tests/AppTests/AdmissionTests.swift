import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import TestSupport
import Testing

@testable import App

/// What a client gets before it has shown who it is.
@Suite struct AdmissionTests {
  private static let signature = "sha256=" + String(repeating: "0", count: 64)

  @Test func `a delivery that cannot be right is refused before its body is received`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 1) { service in
      let id = try await service.connectWebhooks(registers: false).jira
      let signed = "X-Hub-Signature: \(Self.signature)\r\n"
      for (path, fields, status) in [
        ("/webhooks/jira/9999", signed, 404), ("/webhooks/jira/x", signed, 404),
        ("/webhooks/nobody/\(id)", signed, 404), ("/webhooks/jira/\(id)", "", 401),
        ("/webhooks/jira/\(id)", "X-Hub-Signature: sha1=00\r\n", 401),
        ("/webhooks/jira/\(id)", signed + "Content-Type: text/plain\r\n", 415),
      ] {
        let port = try #require(URL(string: service.origin)?.port)
        let client = try RawHTTPClient(port: port)
        try await client.send(
          "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: 4000000\r\n\r\n")
        #expect(try await client.readAnswer()?.status == status, "\(path) \(fields)")
      }
    }
  }

  @Test func `a sign-in may have a small body only`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let body = Array(String(repeating: "[", count: 5000).utf8)
      let answer = try await service.send("POST", "/session", body, token: nil)
      #expect(answer.status == 413)
    }
  }

  @Test func `right credentials are not held back by wrong ones`() async throws {
    try await TestService.with(
      projects: 1, issues: 1, environment: ["ISSUEBRIDGE_FAILURES_PER_MINUTE": "2"]
    ) { service in
      for number in 0..<2 {
        let answer = try await service.call("GET", "/products", token: "wrong-\(number)")
        #expect(answer.status == 401)
      }
      let slow = Task {
        try await service.call("POST", "/session", ["token": "wrong"], token: nil).status
      }
      #expect(try await service.call("GET", "/products", token: nil).status == 401)
      #expect(try await service.call("GET", "/products").status == 200)
      let signIn = try await service.call(
        "POST", "/session", ["token": .string(TestService.adminToken)], token: nil)
      #expect(signIn.status == 201)
      #expect(try await slow.value == 401)
    }
  }

  @Test func `of a crowd with wrong credentials a few are held back, and the rest refused`()
    async throws
  {
    let attempts = FailedAttempts(
      limit: 6, proxies: .none, metrics: PrometheusMetrics(), logger: LogCapture().logger)
    let refusal = Problem.unauthorized("The token is not known.")
    func refuse(_ count: Int, from address: String) async -> [Problem] {
      let request = Request(path: "/", remoteAddress: SocketAddress(host: address, port: 1))
      return await withTaskGroup(of: Problem.self) { group in
        for _ in 0..<count {
          group.addTask { await attempts.refused(refusal, request, hint: nil) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }
    let crowd = await refuse(6 + FailedAttempts.maxHeldBack + 10, from: "2001:db8:0:1::7")
    #expect(crowd.count { $0.status == 401 } == 6 + FailedAttempts.maxHeldBack)
    let rest = crowd.filter { $0.status == 429 }
    #expect(rest.count == 10)
    #expect(rest.allSatisfy { $0.headerFields.contains { $0 == ("Retry-After", "60") } })
    let start = ContinuousClock.now
    #expect(await refuse(1, from: "2001:db8:0:2::7").map(\.status) == [401])
    #expect(ContinuousClock.now - start < FailedAttempts.maxDelay)
  }

  @Test func `the client's address comes from trusted proxies only`() throws {
    let cases: [(peer: String, fields: [(String, String)], client: String)] = [
      ("203.0.113.9", [("X-Forwarded-For", "198.51.100.1")], "203.0.113.9"),
      ("10.1.2.3", [], "10.1.2.3"),
      ("10.1.2.3", [("X-Forwarded-For", "198.51.100.1")], "198.51.100.1"),
      ("10.1.2.3", [("X-Forwarded-For", "192.0.2.7, 198.51.100.1, 10.9.9.9")], "198.51.100.1"),
      ("10.1.2.3", [("X-Forwarded-For", "nonsense, 10.9.9.9")], "10.9.9.9"),
      ("::ffff:10.1.2.3", [("X-Forwarded-For", "198.51.100.1:4711")], "198.51.100.1"),
      (
        "2001:db8::1", [("Forwarded", "for=192.0.2.7;proto=https, For=\"[2001:db9::8]:80\"")],
        "2001:db9::8"
      ),
      ("2001:db8::1", [("Forwarded", "for=_hidden")], "2001:db8::1"),
    ]
    let proxies = try TrustedProxies(parsing: "10.0.0.0/8, 2001:db8::/32")
    for (peer, fields, client) in cases {
      var all = HTTPFields()
      for (name, value) in fields { all[try #require(HTTPField.Name(name))] = value }
      let request = Request(
        path: "/", headerFields: all, remoteAddress: SocketAddress(host: peer, port: 1))
      #expect(proxies.client(of: request) == client, "\(peer) \(fields)")
    }
    for entry in ["10.0.0.0/33", "proxy.example", "10.0.0.0/", "::/129"] {
      #expect(throws: Configuration.Invalid.self) { try TrustedProxies(parsing: entry) }
    }
  }

  @Test func `metrics without a token are for this machine only`() throws {
    let cases: [(peer: String, fields: [(String, String)], isLocal: Bool)] = [
      ("127.0.0.1", [("Host", "localhost:8080")], true),
      ("127.0.0.1", [("Host", "127.0.0.1")], true),
      ("::1", [("Host", "[::1]:8080")], true),
      ("::ffff:127.0.0.1", [("Host", "127.0.0.1:80")], true),
      ("127.0.0.1", [("Host", "rebound.example:8080")], false),
      ("127.0.0.1", [("Host", "localhost.example")], false),
      ("127.0.0.1", [("Host", "127.0.0.1.example")], false),
      ("127.0.0.1", [], false),
      ("10.0.0.1", [("Host", "localhost")], false),
      ("127.0.0.1", [("Host", "localhost"), ("X-Real-IP", "10.0.0.1")], false),
      ("127.0.0.1", [("Host", "localhost"), ("X-Forwarded-Proto", "https")], false),
      ("127.0.0.1", [("Host", "localhost"), ("Forwarded", "for=10.0.0.1")], false),
    ]
    for (peer, fields, isLocal) in cases {
      var all = HTTPFields()
      for (name, value) in fields { all[try #require(HTTPField.Name(name))] = value }
      let request = Request(
        path: "/metrics", headerFields: all, remoteAddress: SocketAddress(host: peer, port: 1))
      #expect(MetricsRoutes.isLocal(request) == isLocal, "\(peer) \(fields)")
    }
  }

  @Test func `a token follows a limited number of streams`() throws {
    let slots = StreamSlots()
    let one = Principal(name: "one", scope: .read, tokenID: 1)
    var taken = try (0..<StreamSlots.maxPerToken).map { _ in try slots.take(for: one) }
    #expect(throws: Problem.self) { try slots.take(for: one) }
    _ = try slots.take(for: Principal(name: "two", scope: .read, tokenID: 2))
    taken.removeLast()
    _ = try slots.take(for: one)
  }

  @Test func `the digest of pieces is that of the whole`() throws {
    let message = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let key = Array("It's a Secret to Everybody".utf8)
    for size in [1000, 65_536, 200_000] {
      var digest = try BodyDigest(key: key)
      for start in stride(from: 0, to: message.count, by: size) {
        try digest.update(Array(message[start..<min(start + size, message.count)]))
      }
      let (code, sum) = try digest.finish()
      #expect(code == HMACSHA256.hexDigest(of: message, key: key))
      #expect(sum == SHA256Digest.hex(of: message))
    }
  }
}
