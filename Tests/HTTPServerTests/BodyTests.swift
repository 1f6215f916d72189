import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite struct BodyTests {
  private static let post = "POST / HTTP/1.1\r\nHost: a\r\n"

  @Test func `a client that expects 100 gets it when the handler reads`() async throws {
    try await withServer { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
      #expect(try await client.readAnswer()?.status == 100)
      try await client.send("hi")
      let answer = try await client.readAnswer()
      #expect(answer?.text == "POST / - hi")
      #expect(answer?.closes == false)
    }
  }

  @Test func `a client that expects 100 is refused before it sends`() async throws {
    try await withServer { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n")
      let answer = try await client.readAnswer()
      #expect(answer?.status == 413)
      #expect(answer?.closes == true)
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test func `no 100 is sent to a handler that does not read, and the connection ends`()
    async throws
  {
    try await withServer(handler: { _ in Response() }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      let answer = try await client.readAnswer()
      #expect(answer?.status == 200)
      #expect(answer?.closes == true)
    }
  }

  @Test func `a short body that nobody reads is drained, the next request is answered`()
    async throws
  {
    let unread = String(repeating: "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000)
    let handler: Handler = { Response(body: .bytes(Array($0.path.utf8))) }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: \(unread.utf8.count)\r\n\r\n")
      let first = try await client.readAnswer()
      #expect(first?.text == "/")
      #expect(first?.closes == false)
      try await client.send(unread + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.readAnswer()?.text == "/next")
    }
  }

  @Test(arguments: ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
  func `a long body that nobody reads ends the connection`(_ framing: String) async throws {
    try await withServer(handler: { _ in Response() }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + framing + "\r\n\r\n")
      #expect(try await client.readAnswer()?.closes == true)
      try? await client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test func `a body is read piece by piece and holds the client back meanwhile`() async throws {
    let pieces = Mutex<[Int]>([])
    let handler: Handler = { request in
      var count = 0
      for try await piece in request.body {
        pieces.withLock { $0.append(piece.count) }
        count += piece.count
      }
      return Response(body: .bytes(Array("\(count)".utf8)))
    }
    var limits = Limits()
    limits.bodyBufferBytes = 4096
    try await withServer(limits: limits, handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 3000000\r\n\r\n")
      try await client.send([UInt8](repeating: 1, count: 3_000_000))
      #expect(try await client.readAnswer()?.text == "3000000")
      #expect(pieces.withLock { $0.allSatisfy { $0 <= 4096 } })
      #expect(pieces.withLock { $0.reduce(0, +) } == 3_000_000)
    }
  }

  @Test func `a client that ends amid the body fails its reader`() async throws {
    let failure = Mutex<HTTPError?>(nil)
    let handler: Handler = { request in
      do {
        _ = try await request.body.collect(upTo: 100)
      } catch let error as HTTPError {
        failure.withLock { $0 = error }
      }
      return Response()
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 10\r\n\r\nabc")
      client.finishSending()
      try await eventually("the reader failed") { failure.withLock { $0?.status == .badRequest } }
    }
  }

  @Test func `a body kept after the answer says that the request is over`() async throws {
    let kept = Mutex<RequestBody?>(nil)
    let handler: Handler = { request in
      kept.withLock { $0 = request.body }
      return Response()
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.post + "Content-Length: 10\r\n\r\n")
      #expect(try await client.readAnswer()?.status == 200)
      let body = try #require(kept.withLock { $0 })
      await #expect(throws: HTTPError.self) { try await body.collect(upTo: 100) }
    }
  }
}
