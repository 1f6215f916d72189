import Foundation
import HTTPServer
import HTTPTypes
import Testing

@testable import RESTClient

private func client(_ url: String, timeout: Duration = .seconds(20)) throws -> RESTClient {
  RESTClient(
    baseURL: url, authorization: "Bearer canary-secret", transport: try CurlTransport(policy: nil),
    retry: RetryPolicy(attempts: 3, base: .milliseconds(1), longest: .milliseconds(2)),
    timeout: timeout)
}

private func hastyClient(_ url: String) throws -> RESTClient {
  try client(url, timeout: .milliseconds(200))
}

@Suite struct TransportTests {
  @Test func `a read is tried again, a write that may have arrived is not`() async throws {
    let count = Count()
    let peer = try Peer { _ in
      _ = count.next()
      return Response(status: .serviceUnavailable)
    }
    let client = try client(peer.url)
    let read = await #expect(throws: RESTError.self) {
      try await client.send(.init("GET", "/a", endpoint: "a"))
    }
    #expect(read?.status == 503)
    #expect(count.now == 3)
    let write = await #expect(throws: RESTError.self) {
      try await client.send(.init("POST", "/a", body: [], endpoint: "a"))
    }
    #expect(count.now == 4)
    #expect(write?.mayHaveBeenReceived == true)
    #expect(!"\(String(describing: write))".contains("canary"))
    await peer.close()
  }

  @Test func `a write that was turned away goes out again after Retry-After`() async throws {
    let count = Count()
    let peer = try Peer { _ in
      var response = Response(status: count.next() == 1 ? .tooManyRequests : .created)
      response.headerFields[.retryAfter] = "1"
      return response
    }
    let client = try client(peer.url)
    let start = ContinuousClock.now
    let response = try await client.send(.init("POST", "/a", body: [], endpoint: "a"))
    #expect(response.status == 201)
    #expect(ContinuousClock.now - start >= .milliseconds(990))
    #expect(client.budget.snapshot["POST a"]?.heldUntil != nil)
    await peer.close()
  }

  @Test func `what a vendor can do wrong is told apart`() async throws {
    let peer = try Peer { request in
      switch request.path {
      case "/hang":
        try await Task.sleep(for: .seconds(30))
        return Response()
      case "/elsewhere":
        return Response(status: .found, headerFields: [.location: "http://127.0.0.1:1/"])
      case "/cut":
        return Response(
          body: .stream(contentLength: 100) { writer in
            try await writer.write("short")
            throw CancellationError()
          })
      case "/huge":
        return Response(body: .bytes(Array(repeating: 1, count: 2_000_000)))
      default: return Response(body: .bytes(Array("<html>".utf8)))
      }
    }
    let client = try client(peer.url)
    let hasty = try hastyClient(peer.url)
    func failure(_ path: String, _ client: RESTClient) async -> RESTError.Kind? {
      do {
        _ = try await client.decode([String: Int].self, .init("GET", path, endpoint: path))
        return nil
      } catch {
        return (error as? RESTError)?.kind
      }
    }
    #expect(await failure("/hang", hasty) == .timeout)
    #expect(await failure("/elsewhere", client) == .status)
    #expect(await failure("/cut", client) == .connection)
    #expect(await failure("/page", client) == .malformedAnswer)
    let transport = try CurlTransport(policy: nil)
    let large = await #expect(throws: TransportError.self) {
      try await transport.send(
        TransportRequest(method: "GET", url: peer.url + "/huge", largestBody: 1_000_000))
    }
    #expect(large?.kind == .tooLarge)
    let unreachable = await #expect(throws: TransportError.self) {
      try await transport.send(TransportRequest(method: "POST", url: "http://127.0.0.1:1/"))
    }
    #expect(unreachable?.mayHaveBeenReceived == false)
    let injected = await #expect(throws: TransportError.self) {
      try await transport.send(
        TransportRequest(
          method: "GET", url: peer.url, headerFields: [("X-A", "1\r\nX-Injected: yes")]))
    }
    #expect(injected?.kind == .invalidRequest)
    await peer.close()
  }

  @Test func `a name that leads to a private address is not connected to`() async throws {
    let peer = try Peer { _ in Response() }
    let transport = try CurlTransport(policy: try VendorHostPolicy.parse("localhost"))
    let refused = await #expect(throws: TransportError.self) {
      try await transport.send(
        TransportRequest(method: "GET", url: "http://localhost:\(peer.server.port)/"))
    }
    #expect(refused?.kind == .refusedAddress)
    #expect(peer.server.connectionCount == 0)
    await peer.close()
  }

  @Test func `a cancelled request ends at any moment, and the rest go on`() async throws {
    let peer = try Peer { request in
      if request.path == "/hang" { try await Task.sleep(for: .seconds(30)) }
      return Response(body: .bytes(Array("{}".utf8)))
    }
    let transport = try CurlTransport(policy: nil)
    let url = peer.url
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<300 {
        group.addTask {
          let task = Task {
            try await transport.send(
              TransportRequest(method: "GET", url: url + (index % 3 == 0 ? "/hang" : "/")))
          }
          if index % 3 == 0 {
            for _ in 0..<(index % 50) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
          } else {
            let status = try await task.value.status
            #expect(status == 200)
          }
        }
      }
      try await group.waitForAll()
    }
    await peer.close()
  }

  @Test(arguments: [
    ("2026-09-01T09:12:44.513+0200", 1_788_246_764.513),
    ("2026-09-01T07:12:44.513000Z", 1_788_246_764.513),
    ("1970-01-01T00:00:00Z", 0), ("2024-02-29T00:00:00", 1_709_164_800),
  ])
  func `vendors' times are read`(text: String, seconds: Double) throws {
    let date = try #require(VendorTimestamp.parse(text))
    #expect(abs(date.timeIntervalSince1970 - seconds) < 0.0005)
  }

  @Test(arguments: [
    "", "2026-13-01T00:00:00Z", "2026-09-01", "yesterday", "2026-09-01T09:12:44.5+02x0",
  ])
  func `other texts are no times`(text: String) {
    #expect(VendorTimestamp.parse(text) == nil)
  }

  @Test(arguments: [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0",
    "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "224.0.0.1",
  ])
  func `private addresses are known`(address: String) {
    #expect(VendorHostPolicy.isPrivate(address: address))
    #expect(!VendorHostPolicy.isPrivate(address: "104.192.137.5"))
    #expect(!VendorHostPolicy.isPrivate(address: "2606:4700::1"))
  }
}
