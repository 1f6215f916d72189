import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Clients that are slow, silent, gone or too many.
@Suite struct PatienceTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let post = "POST / HTTP/1.1\r\nHost: a\r\n"

  private func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  @Test(arguments: ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"])
  func `a slow head is a 408`(_ part: String) async throws {
    try await withServer(limits: limits { $0.headTime = .milliseconds(100) }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(part)
      let answer = try await client.readAnswer()
      #expect(answer?.status == 408)
      #expect(answer?.closes == true)
    }
  }

  @Test func `bytes do not lengthen the time of a head`() async throws {
    try await withServer(limits: limits { $0.headTime = .milliseconds(200) }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send("GET / HTTP/1.1\r\n")
      try await drip("a", to: client)
      #expect(try await client.readAnswer()?.status == 408)
    }
  }

  @Test func `an idle connection closes without an answer`() async throws {
    try await withServer(limits: limits { $0.idleTime = .milliseconds(100) }) { server in
      let silent = try RawHTTPClient(port: server.port)
      let used = try RawHTTPClient(port: server.port)
      try await used.send(Self.get)
      #expect(try await used.readAnswer()?.status == 200)
      #expect(try await silent.readToEnd() == [])
      #expect(try await used.readToEnd() == [])
    }
  }

  @Test func `a client that still takes its answer is not idle`() async throws {
    let large = [UInt8](repeating: 65, count: 20_000_000)
    try await withServer(
      limits: limits { $0.idleTime = .milliseconds(100) },
      handler: { _ in Response(body: .bytes(large)) }
    ) { server in
      let client = try RawHTTPClient(port: server.port, receiveBuffer: 4096)
      try await client.send(Self.get)
      #expect(await client.hasInput(within: .seconds(60)))
      // When both of these have been closed for idleness, one after the other, the time has passed.
      for _ in 1...2 {
        let silent = try RawHTTPClient(port: server.port)
        #expect(try await silent.readToEnd() == [])
      }
      #expect(try await client.readAnswer()?.body.count == large.count)
    }
  }

  @Test func `a silent body is a 408`() async throws {
    try await withServer(limits: limits { $0.bodyTime = .milliseconds(100) }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 10\r\n\r\nab")
      let answer = try await client.readAnswer()
      #expect(answer?.status == 408)
      #expect(answer?.closes == true)
    }
  }

  @Test func `a body below the lowest rate is a 408`() async throws {
    try await withServer(limits: limits { $0.bodyTime = .milliseconds(300) }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 1000\r\n\r\n")
      try await drip("a", to: client)
      #expect(try await client.readAnswer()?.status == 408)
    }
  }

  /// Sends `byte` again and again until the server answers.
  private func drip(_ byte: String, to client: RawHTTPClient) async throws {
    try await eventually("the server loses patience") {
      try await client.send(byte)
      return await client.hasInput(within: .milliseconds(20))
    }
  }

  @Test func `a client that does not take its answer is cut off`() async throws {
    let large = [UInt8](repeating: 65, count: 20_000_000)
    try await withServer(
      limits: limits { $0.writeTime = .milliseconds(100) },
      handler: { _ in Response(body: .bytes(large)) }
    ) { server in
      let client = try RawHTTPClient(port: server.port, receiveBuffer: 4096)
      try await client.send(Self.get)
      #expect(await client.hasInput(within: .seconds(60)))
      try await eventually("the connection is closed") { server.connectionCount == 0 }
      var count = 0
      while let piece = try await client.receive() { count += piece.count }
      #expect(count < large.count)
    }
  }

  @Test func `a handler that takes too long is cancelled and answered for`() async throws {
    let cancelled = Mutex(false)
    let handler: Handler = { _ in
      do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.withLock { $0 = true } }
      return Response()
    }
    try await withServer(handlerTimeout: .milliseconds(100), handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get)
      let answer = try await client.readAnswer()
      #expect(answer?.status == 503)
      #expect(answer?["retry-after"] == "1")
      #expect(answer?.closes == true)
      #expect(try await client.readToEnd() == [])
      try await eventually("the handler is cancelled") { cancelled.withLock { $0 } }
    }
  }

  @Test func `waiting for the body is not the handler's time`() async throws {
    try await withServer(handlerTimeout: .milliseconds(150)) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 2\r\n\r\n")
      #expect(await client.hasInput(within: .milliseconds(400)) == false)
      try await client.send("hi")
      #expect(try await client.readAnswer()?.text == "POST / - hi")
    }
  }

  @Test(arguments: [false, true])
  func `the handler of a client that leaves is cancelled`(_ resets: Bool) async throws {
    let state = Mutex(0)
    let handler: Handler = { _ in
      state.withLock { $0 = 1 }
      do { try await Task.sleep(for: .seconds(3600)) } catch { state.withLock { $0 = 2 } }
      return Response()
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get)
      try await eventually("the handler has begun") { state.withLock { $0 } == 1 }
      if resets { client.reset() } else { client.close() }
      try await eventually("the handler is cancelled") { state.withLock { $0 } == 2 }
      try await eventually("nothing is left") {
        server.connectionCount == 0 && server.requestCount == 0
      }
    }
  }

  @Test func `a stream whose client leaves amid the answer ends with an error`() async throws {
    let failed = Mutex(false)
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: nil) { writer in
          do {
            while true { try await writer.write([UInt8](repeating: 65, count: 5000)) }
          } catch {
            failed.withLock { $0 = error is ClientLeft }
            throw error
          }
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get)
      #expect(try await client.read(count: 20_000) != nil)
      client.close()
      try await eventually("the writer failed") { failed.withLock { $0 } }
      try await eventually("the connection is closed") { server.connectionCount == 0 }
    }
  }

  @Test func `a client that half-closes still gets its answers`() async throws {
    try await withServer { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get + Self.get)
      client.finishSending()
      #expect(try await client.readAnswer()?.status == 200)
      #expect(try await client.readAnswer()?.status == 200)
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test func `one request too many is told to come back`() async throws {
    let goOn = Mutex(false)
    let handler: Handler = { _ in
      try await eventually("the test goes on") { goOn.withLock { $0 } }
      return Response()
    }
    try await withServer(limits: limits { $0.maxRequestsAtWork = 1 }, handler: handler) { server in
      let first = try RawHTTPClient(port: server.port)
      try await first.send(Self.get)
      try await eventually("the first is in flight") { server.requestCount == 1 }
      let second = try RawHTTPClient(port: server.port)
      try await second.send(Self.get)
      let refusal = try await second.readAnswer()
      #expect(refusal?.status == 503)
      #expect(refusal?["retry-after"] == "1")
      #expect(refusal?.closes == false)
      goOn.withLock { $0 = true }
      #expect(try await first.readAnswer()?.status == 200)
      try await eventually("the first is over") { server.requestCount == 0 }
      try await second.send(Self.get)
      #expect(try await second.readAnswer()?.status == 200)
    }
  }

  @Test func `one connection too many is told to come back`() async throws {
    let goOn = Mutex(false)
    let handler: Handler = { _ in
      try await eventually("the test goes on") { goOn.withLock { $0 } }
      return Response()
    }
    try await withServer(limits: limits { $0.maxConnections = 2 }, handler: handler) { server in
      let clients = try (0..<2).map { _ in try RawHTTPClient(port: server.port) }
      for client in clients { try await client.send(Self.get) }
      try await eventually("both are at work") { server.requestCount == 2 }
      let third = try RawHTTPClient(port: server.port)
      let refusal = try await third.readAnswer()
      #expect(refusal?.status == 503)
      #expect(refusal?["retry-after"] == "1")
      #expect(try await third.readToEnd() == [])
      goOn.withLock { $0 = true }
      for client in clients { #expect(try await client.readAnswer()?.status == 200) }
      clients[0].close()
      third.close()
      try await eventually("there is room again") { server.connectionCount == 1 }
      let fourth = try RawHTTPClient(port: server.port)
      try await fourth.send(Self.get)
      #expect(try await fourth.readAnswer()?.status == 200)
    }
  }
}
