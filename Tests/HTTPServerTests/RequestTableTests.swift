import HTTPServer
import TestSupport
import Testing

@Suite struct RequestTableTests {
  @Test(arguments: RequestTable.accepted + RequestTable.refused)
  func `each request gets its answer`(_ wire: WireCase) async throws {
    try await withServer { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(wire.bytes)
      try await check(wire, client)
    }
  }

  @Test(arguments: RequestTable.accepted + RequestTable.refused)
  func `each request gets its answer when it comes byte by byte`(_ wire: WireCase) async throws {
    // Thousands of sends take their time on a busy machine; the time limit has tests of its own.
    var limits = Limits()
    limits.headTime = .seconds(300)
    limits.bodyTime = .seconds(300)
    try await withServer(limits: limits) { server in
      let client = try RawHTTPClient(port: server.port)
      do {
        for byte in wire.bytes { try await client.send([byte]) }
      } catch {
        // A request that is refused early may find the connection closed before its last byte.
        #expect(wire.closes)
      }
      try await check(wire, client)
    }
  }

  private func check(_ wire: WireCase, _ client: RawHTTPClient) async throws {
    var last: RawHTTPAnswer?
    for status in wire.statuses {
      last = try await client.readAnswer()
      #expect(last?.status == status)
      #expect(last?["date"]?.hasSuffix(" GMT") == true)
    }
    #expect(last?.closes == wire.closes)
    if let body = wire.body { #expect(last?.text == body) }
    if wire.closes {
      #expect(try await client.readToEnd() == [])
    } else {
      try await client.send("GET /still-here HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.readAnswer()?.text == "GET /still-here - ")
    }
  }
}
