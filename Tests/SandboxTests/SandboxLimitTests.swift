import Foundation
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import Sandbox

/// The vendors' own limits, and faults, as a client meets them at the wire.
@Suite struct SandboxLimitTests {
  private let transport: CurlTransport
  private static let basic =
    "Basic " + Data("service@example.com:sandbox-jira-token".utf8).base64EncodedString()

  init() throws { transport = try CurlTransport(policy: nil) }

  private func jira(realLimits: Bool) async throws -> JiraSandbox {
    var configuration = JiraSandboxConfiguration()
    configuration.projects = 1
    configuration.issues = 4
    configuration.hasRealLimits = realLimits
    let sandbox = try JiraSandbox(configuration: configuration)
    try await sandbox.start()
    return sandbox
  }

  private func send(
    _ method: String, _ url: String, _ body: String? = nil, authorization: String = basic
  ) async throws -> TransportResponse {
    try await transport.send(
      TransportRequest(
        method: method, url: url,
        headerFields: [("Authorization", authorization), ("Content-Type", "application/json")],
        body: body.map { Array($0.utf8) }, isRepeatable: false))
  }

  @Test func `Jira refuses the twenty-first write to one issue within two seconds, and no other`()
    async throws
  {
    let sandbox = try await jira(realLimits: true)
    func write(_ key: String) async throws -> TransportResponse {
      try await send(
        "PUT", sandbox.baseURL + "/rest/api/3/issue/\(key)/properties/p", "{\"a\":1}")
    }
    var refused: TransportResponse?
    try await eventually("a write is refused") {
      refused = try await withThrowingTaskGroup(of: TransportResponse.self) { group in
        for _ in 0..<24 { group.addTask { try await write("WEB-1") } }
        return try await group.reduce(into: nil) { if $1.status == 429 { $0 = $1 } }
      }
      return refused != nil
    }
    let answer = try #require(refused)
    #expect(answer.headerFields["ratelimit-reason"] == "jira-per-issue-on-write")
    #expect(["1", "2"].contains(answer.headerFields["retry-after"]))
    #expect(answer.headerFields["x-ratelimit-reset"].flatMap(VendorTimestamp.parse) != nil)
    #expect(try await write("WEB-2").status < 300)
    let read = try await send("GET", sandbox.baseURL + "/rest/api/3/issue/WEB-1")
    #expect(read.status == 200)
    #expect(Array(sandbox.stats.limited.keys) == ["jira-per-issue-on-write"])
    await sandbox.stop()
  }

  @Test func `Sentry allows five requests per second to single issues, without a Retry-After`()
    async throws
  {
    var configuration = SentrySandboxConfiguration()
    configuration.hasRealLimits = true
    let sandbox = try SentrySandbox(configuration: configuration)
    try await sandbox.start()
    let ids = sandbox.state.withLock { Array($0.issues.keys.prefix(3)) }
    func read(_ path: String) async throws -> TransportResponse {
      try await send(
        "GET", sandbox.baseURL + "/api/0/organizations/acme/issues/\(path)",
        authorization: "Bearer sandbox-sentry-token")
    }
    // Whatever issue it is; a slow machine may need more than one try to exceed a limit.
    var refused: [TransportResponse] = []
    try await eventually("a request is refused") {
      refused = try await withThrowingTaskGroup(of: TransportResponse.self) { group in
        for number in 0..<12 { group.addTask { try await read("\(ids[number % 3])/") } }
        return try await group.reduce(into: []) { if $1.status == 429 { $0.append($1) } }
      }
      return !refused.isEmpty
    }
    for answer in refused {
      #expect(answer.headerFields["retry-after"] == nil)
      #expect(answer.headerFields["x-sentry-rate-limit-remaining"] == "0")
      #expect(answer.headerFields["x-sentry-rate-limit-limit"] == "5")
    }
    #expect(try await read("").status == 200)
    await sandbox.stop()
  }

  @Test func `a window takes as many requests as its limit, and the next one begins anew`() {
    let limiter = SandboxLimiter()
    let start = Date(timeIntervalSince1970: 1_796_032_800)
    for window in 0..<3 {
      let now = start.addingTimeInterval(Double(window) * 2 + 0.3)
      let taken = (1...25).map { _ in
        limiter.take("a", SandboxLimit(count: 20, seconds: 2), now: now)
      }
      #expect(taken.count { $0.isExceeded } == 5)
      #expect(taken.map(\.remaining).prefix(2) == [19, 18])
      #expect(taken.allSatisfy { $0.endsAt == start.addingTimeInterval(Double(window) * 2 + 2) })
    }
  }

  @Test(arguments: [
    ("^POST /rest/api/3/issue$", 1), ("issue/\\{\\}/comment", 1), ("POST rest/api/3/issue", 2),
    ("WEB-1/comment", 1), ("nothing like it", 0), ("", 3),
  ])
  func `faults meet only the requests that are meant`(only: String, met: Int) async throws {
    let sandbox = try await jira(realLimits: false)
    var faults = SandboxFaults()
    faults.serverError = 1
    faults.only = only
    sandbox.faults = faults
    var failed = 0
    for (method, path) in [("POST", ""), ("POST", "/WEB-1/comment"), ("GET", "/WEB-1")] {
      let url = sandbox.baseURL + "/rest/api/3/issue" + path
      if try await send(method, url, method == "GET" ? nil : "{}").status == 503 { failed += 1 }
    }
    #expect(failed == met)
    await sandbox.stop()
  }

  @Test(arguments: [SandboxFaults.Break.close, .reset])
  func `a lost answer is done and not answered with a single byte, and only so many times`(
    _ how: SandboxFaults.Break
  ) async throws {
    let sandbox = try await jira(realLimits: false)
    var faults = SandboxFaults()
    faults.lostResponse = 1
    faults.times = 1
    faults.breaksBy = how
    sandbox.faults = faults
    let url = sandbox.baseURL + "/rest/api/3/issue/WEB-1/comment"
    let body = "{\"body\":\(String(decoding: JiraText.document("Seen").encoded(), as: UTF8.self))}"
    let error = await #expect(throws: TransportError.self) {
      try await send("POST", url, body)
    }
    #expect(error?.mayHaveBeenReceived == true)
    #expect(try await send("POST", url, body).status == 201)
    let id = sandbox.state.withLock { $0.issue("WEB-1")?.id ?? 0 }
    #expect(sandbox.state.withLock { $0.comments[id]?.count } == 2)
    #expect(sandbox.stats.faults == ["lostResponse": 1])
    await sandbox.stop()
  }

  @Test func `a page that is too large is refused, a smaller one is not`() async throws {
    let sandbox = try await jira(realLimits: false)
    sandbox.faults = SandboxFaults(json: ["max_page_size": 50])
    let url = sandbox.baseURL + "/rest/api/3/search/jql"
    for (size, status) in [(100, 413), (51, 413), (50, 200)] {
      let body = "{\"jql\":\"project = WEB\",\"fields\":[\"id\"],\"maxResults\":\(size)}"
      #expect(try await send("POST", url, body).status == status)
    }
    await sandbox.stop()
  }
}
