import Foundation
import HTTPServer
import HTTPTypes
import Synchronization
import Testing

@testable import RESTClient

/// What the client does when a vendor limits it, or is busy with another change.
@Suite struct LimitTests {
  private static let policy = RetryPolicy(
    attempts: 3, base: .milliseconds(1), longest: .milliseconds(4),
    limitPause: .milliseconds(20))

  private func client(_ peer: Peer) throws -> RESTClient {
    RESTClient(
      baseURL: peer.url, authorization: "Bearer x", transport: try CurlTransport(policy: nil),
      retry: Self.policy)
  }

  private static func refusal(_ fields: [(String, String)]) -> Response {
    var response = Response(status: .tooManyRequests)
    for (name, value) in fields {
      if let name = HTTPField.Name(name) {
        response.headerFields.append(HTTPField(name: name, value: value))
      }
    }
    return response
  }

  @Test(arguments: [
    [("Retry-After", "0")], [], [("Retry-After", "99999999999999999999")], [("Retry-After", "inf")],
    [("Retry-After", "Mon, 30 Nov 2020 10:00:00 GMT")],
    [("X-Sentry-Rate-Limit-Reset", "1696032800")],
    [("Retry-After", "0"), ("Retry-After", "soon")],
  ])
  func `six refusals in a row end in success, after pauses that grow`(
    fields: [(String, String)]
  ) async throws {
    let times = Mutex<[ContinuousClock.Instant]>([])
    let peer = try Peer { _ in
      let number = times.withLock { times in
        times.append(.now)
        return times.count
      }
      return number <= 6 ? Self.refusal(fields) : Response(body: .bytes(Array("{}".utf8)))
    }
    let client = try client(peer)
    // A write: a refusal is no answer that might have been half done.
    let answer = try await client.send(.init("POST", "/a", body: [], endpoint: "a"))
    #expect(answer.status == 200)
    let seen = times.withLock { $0 }
    let gaps = zip(seen, seen.dropFirst()).map { $1 - $0 }
    #expect(gaps.count == 6)
    for (number, gap) in gaps.enumerated() {
      let pause = Self.policy.limitPause(afterRefusals: number + 1, stated: nil)
      #expect(gap >= .seconds(pause * 0.99), "pause \(number + 1)")
    }
    await peer.close()
  }

  @Test func `refusals that come together count once, and one success ends the row`() {
    let budget = RateBudget()
    let now = Date(timeIntervalSince1970: 1_796_032_800)
    let policy = RetryPolicy()
    func refuse(_ sentAt: Double, at time: Double) -> Double {
      budget.refuse(
        "a", issue: nil, sentAt: now + sentAt, stated: nil, policy, now: now + time
      ).seconds
    }
    #expect(refuse(0, at: 0.1) == 1)
    #expect(refuse(0.02, at: 0.12) == 1)
    #expect(refuse(0.05, at: 0.2) == 1)
    #expect(refuse(1.2, at: 1.3) == 1.5)
    budget.accept("a", issue: nil)
    #expect(refuse(3, at: 3.1) == 1)
  }

  @Test func `a caller who waits hears soon of a long limit, with what the vendor states`()
    async throws
  {
    let count = Count()
    let peer = try Peer { _ in
      _ = count.next()
      return Self.refusal([("Retry-After", "30")])
    }
    let client = try client(peer)
    let start = ContinuousClock.now
    for _ in 1...2 {
      let error = await #expect(throws: RESTError.self) {
        try await client.send(.init("GET", "/a", endpoint: "a"))
      }
      guard case .rateLimited(let seconds) = error?.kind else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect((28...30).contains(seconds))
    }
    #expect(ContinuousClock.now - start < .seconds(25))
    // The second was not even sent.
    #expect(count.now == 1)
    await peer.close()
  }

  @Test func `all requests of one caller together wait no longer than one may`() async throws {
    let peer = try Peer { request in
      request.path == "/b" ? Response() : Self.refusal([("Retry-After", "1")])
    }
    let client = try client(peer)
    let start = ContinuousClock.now
    try await VendorPatience.$current.withValue(.together(.milliseconds(1500))) {
      for path in ["/a", "/c", "/d"] {
        let error = await #expect(throws: RESTError.self) {
          try await client.send(.init("GET", path, endpoint: path))
        }
        #expect(error?.status == 429)
      }
      _ = try await client.send(.init("GET", "/b", endpoint: "b"))
    }
    let took = ContinuousClock.now - start
    #expect(took >= .seconds(1))
    #expect(took < .seconds(25))
    await peer.close()
  }

  @Test func `a limit on one issue holds the changes of that issue only`() async throws {
    let refused = Count()
    let peer = try Peer { request in
      guard request.path == "/issue/1", request.method != .get, refused.next() == 1 else {
        return Response(body: .bytes(Array("{}".utf8)))
      }
      return Self.refusal([
        ("RateLimit-Reason", "jira-per-issue-on-write"), ("Retry-After", "600"),
      ])
    }
    let client = try client(peer)
    func change(_ issue: String) async throws {
      _ = try await client.send(
        .init("PUT", "/issue/\(issue)", body: [], endpoint: "issue", changing: issue))
    }
    for _ in 1...2 {
      let error = await #expect(throws: RESTError.self) { try await change("1") }
      #expect(error?.status == 429)
    }
    // The second was not even sent.
    #expect(refused.now == 1)
    try await change("2")
    _ = try await client.send(.init("GET", "/issue/1", endpoint: "issue"))
    #expect(client.budget.snapshot["PUT issue"]?.heldUntil == nil)
    let hold = try #require(client.budget.hold(ofIssue: "1"))
    #expect((500...600).contains(hold))
    #expect(client.budget.hold(ofIssue: "1", now: Date(timeIntervalSinceNow: 601)) == nil)
    await peer.close()
  }

  @Test(arguments: [(1, 200, 2), (3, 200, 4), (9, 409, 4)])
  func `a conflict with another change passes, and is no refusal at once`(
    conflicts: Int, status: Int, requests: Int
  ) async throws {
    let count = Count()
    let peer = try Peer { _ in
      count.next() <= conflicts ? Response(status: .conflict) : Response()
    }
    let client = try client(peer)
    var seen = 200
    do {
      _ = try await client.send(
        .init(
          "POST", "/transitions", body: [], endpoint: "transitions", changing: "1",
          waitsForOtherChanges: true))
    } catch let error as RESTError {
      seen = error.status ?? 0
    }
    #expect(seen == status)
    #expect(count.now == requests)
    // Elsewhere a conflict says something else.
    await #expect(throws: RESTError.self) {
      try await RESTClient(
        baseURL: peer.url + "x", authorization: "", transport: StubTransport(status: 409)
      ).send(.init("POST", "/issue", body: [], endpoint: "issue"))
    }
    await peer.close()
  }

  @Test(arguments: [
    (413, true), (400, false), (429, false), (500, false),
  ])
  func `an answer that is too large is told apart`(status: Int, isTooLarge: Bool) async throws {
    let client = RESTClient(
      baseURL: "http://x", authorization: "", transport: StubTransport(status: status),
      retry: RetryPolicy(attempts: 1, limitPause: .seconds(9)))
    let error = await #expect(throws: RESTError.self) {
      try await client.send(.init("GET", "/a", endpoint: "a"))
    }
    #expect(error?.isTooLarge == isTooLarge)
  }

  @Test func `not more go out in a new window than it allows before an answer tells more`() {
    let budget = RateBudget()
    let now = Date(timeIntervalSince1970: 1_796_032_800)
    budget.note(
      [
        "x-sentry-rate-limit-limit": "5", "x-sentry-rate-limit-remaining": "0",
        "x-sentry-rate-limit-reset": "1796032801",
      ], endpoint: "a", now: now)
    var granted = 0
    for _ in 1...20 where budget.admit("a", now: now + 1) == .granted {
      granted += 1
      budget.release("a")
    }
    #expect(granted == 5)
    #expect(budget.admit("a", now: now + 2.1) == .granted)
  }
}

private struct StubTransport: Transport {
  var status: Int

  func send(_ request: TransportRequest) async throws -> TransportResponse {
    TransportResponse(status: status, headerFields: [:], body: [])
  }
}
