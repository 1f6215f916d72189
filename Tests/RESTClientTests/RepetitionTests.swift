import Foundation
import TestSupport
import Testing

@testable import RESTClient

/// What leaves the process when a connection that was used before ends without an answer.
@Suite struct RepetitionTests {
  struct Once: Sendable {
    var method: String
    var body: [UInt8]?
  }

  static let once = [
    Once(method: "POST", body: Array("{\"a\":1}".utf8)), Once(method: "POST", body: []),
    Once(method: "POST"), Once(method: "PUT", body: Array("{\"a\":1}".utf8)),
    Once(method: "PUT", body: []), Once(method: "DELETE"),
    Once(method: "DELETE", body: Array("{}".utf8)), Once(method: "PATCH", body: Array("{}".utf8)),
  ]

  private func client(_ peer: SilentPeer, _ transport: CurlTransport) -> RESTClient {
    RESTClient(
      baseURL: peer.url, authorization: "Bearer x", transport: transport,
      retry: RetryPolicy(attempts: 3, base: .milliseconds(1), longest: .milliseconds(2)))
  }

  @Test(arguments: SilentPeer.End.allCases, [Duration.zero, .milliseconds(150)])
  func `what must not be repeated leaves the process once`(
    _ end: SilentPeer.End, _ delay: Duration
  ) async throws {
    for once in Self.once {
      let peer = try SilentPeer(end, after: delay)
      let client = client(peer, try CurlTransport(policy: nil))
      _ = try await client.send(.init("GET", "/before", endpoint: "before"))
      let error = await #expect(throws: RESTError.self) {
        try await client.send(.init(once.method, "/lost", body: once.body, endpoint: "lost"))
      }
      #expect(error?.kind == .connection)
      #expect(error?.mayHaveBeenReceived == true)
      #expect(peer.seen.filter { $0.path == "/lost" }.map(\.method) == [once.method])
      // The next read has not to suffer from it.
      _ = try await client.send(.init("GET", "/after", endpoint: "after"))
      peer.close()
    }
  }

  @Test(arguments: SilentPeer.End.allCases, ["GET", "POST", "PUT", "DELETE"])
  func `what may be repeated is, until it is answered`(
    _ end: SilentPeer.End, _ method: String
  ) async throws {
    let peer = try SilentPeer(end, silences: 2)
    let client = client(peer, try CurlTransport(policy: nil))
    _ = try await client.send(.init("GET", "/before", endpoint: "before"))
    let answer = try await client.send(
      .init(
        method, "/lost", body: method == "POST" ? Array("{}".utf8) : nil, endpoint: "lost",
        isRepeatable: true))
    #expect(answer.status == 200)
    #expect(peer.seen.count { $0.path == "/lost" } == 3)
    // The first try used the connection that was there.
    #expect(peer.seen.first { $0.path == "/lost" }?.connection == 1)
    peer.close()
  }

  @Test func `a connection that died of age does not cost what must not be repeated`()
    async throws
  {
    let peer = try SilentPeer(.close, silences: 1)
    let client = client(peer, try CurlTransport(policy: nil))
    _ = try await client.send(.init("GET", "/before", endpoint: "before"))
    for number in 1...3 {
      _ = try await client.send(.init("POST", "/made", body: [], endpoint: "made"))
      #expect(peer.connections == number + 1)
    }
    peer.close()
  }

  @Test func `many at once that must not be repeated wait for their turn on sixteen connections`()
    async throws
  {
    let peer = try SilentPeer(.close)
    let client = client(peer, try CurlTransport(policy: nil))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask {
          _ = try await client.send(
            .init(
              number.isMultiple(of: 2) ? "POST" : "GET", "/\(number)",
              body: number.isMultiple(of: 2) ? Array("{}".utf8) : nil, endpoint: "\(number)"))
        }
      }
      try await group.waitForAll()
    }
    #expect(Set(peer.seen.map(\.path)).count == 100)
    #expect(peer.seen.count == 100)
    peer.close()
  }
}
