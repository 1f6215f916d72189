import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite struct AnswerTests {
  private static func get(_ method: String = "GET", _ version: String = "1.1") -> String {
    "\(method) / HTTP/\(version)\r\nHost: a\r\n\r\n"
  }

  private static let stream = Response(
    body: .stream(contentLength: nil) { writer in
      try await writer.write("one ")
      try await writer.write([])
      try await writer.write("two")
    })

  @Test func `a stream is chunked`() async throws {
    try await withServer(handler: { _ in Self.stream }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get() + Self.get())
      for _ in 1...2 {
        let answer = try await client.readAnswer()
        #expect(answer?["transfer-encoding"] == "chunked")
        #expect(answer?["content-length"] == nil)
        #expect(answer?.text == "one two")
      }
    }
  }

  @Test func `a stream to HTTP/1.0 ends with the connection`() async throws {
    try await withServer(handler: { _ in Self.stream }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get("GET", "1.0"))
      let answer = try await client.readAnswer()
      #expect(answer?["transfer-encoding"] == nil)
      #expect(answer?.text == "one two")
    }
  }

  @Test(arguments: [7, 6, 8])
  func `a stream of known length must keep it`(_ length: Int) async throws {
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: length) { writer in
          try await writer.write("one ")
          try await writer.write("two")
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get())
      let answer = try await client.readAnswer()
      #expect(answer?.text == (length == 7 ? "one two" : nil))
      if length == 7 {
        try await client.send(Self.get())
        #expect(try await client.readAnswer()?.status == 200)
      }
    }
  }

  @Test func `a stream that throws breaks off without its end`() async throws {
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: nil) { writer in
          try await writer.write("one ")
          throw CancellationError()
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get())
      let all = String(decoding: try await client.readToEnd(), as: UTF8.self)
      #expect(all.hasSuffix("4\r\none \r\n"))
    }
  }

  @Test func `the head of a stream leaves before its first byte`() async throws {
    let goOn = Mutex(false)
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: nil) { writer in
          try await eventually("the client has the head") { goOn.withLock { $0 } }
          try await writer.write("data")
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get())
      #expect(try await client.read(through: "\r\n\r\n")?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
      goOn.withLock { $0 = true }
      #expect(try await client.read(through: "0\r\n\r\n") == "4\r\ndata\r\n0\r\n\r\n")
    }
  }

  @Test func `HEAD gets the head only, of bytes and of streams`() async throws {
    let bodies: [ResponseBody] = [.bytes(Array("12345".utf8)), Self.stream.body, .empty]
    for body in bodies {
      try await withServer(handler: { _ in Response(body: body) }) { server in
        let client = try RawHTTPClient(port: server.port)
        try await client.send(Self.get("HEAD") + Self.get())
        let head = try await client.readAnswer(toHead: true)
        let whole = try await client.readAnswer()
        #expect(head?.status == 200)
        #expect(head?["content-length"] == whole?["content-length"])
        #expect(head?["transfer-encoding"] == whole?["transfer-encoding"])
      }
    }
  }

  @Test(arguments: [204, 304])
  func `an answer without content has no length`(_ status: Int) async throws {
    let handler: Handler = { _ in
      Response(status: .init(code: status), body: .bytes([1, 2, 3]))
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get() + Self.get())
      for _ in 1...2 {
        let answer = try await client.readAnswer()
        #expect(answer?.status == status)
        #expect(answer?["content-length"] == nil)
      }
    }
  }

  @Test func `no field value can add a line`() async throws {
    let handler: Handler = { _ in
      var fields = HTTPFields()
      fields[.location] = "/a\r\nSet-Cookie: b\0\nc"
      return Response(headerFields: fields)
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get())
      let answer = try await client.readAnswer()
      #expect(answer?["location"]?.hasPrefix("/a") == true)
      #expect(answer?["set-cookie"] == nil)
      #expect(answer?.fields.count == 3)
    }
  }

  @Test func `the handler can close, but not frame`() async throws {
    let handler: Handler = { _ in
      Response(
        headerFields: [.contentLength: "9", .transferEncoding: "gzip", .connection: "x, Close"],
        body: .bytes([65]))
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get())
      let answer = try await client.readAnswer()
      #expect(answer?["content-length"] == "1")
      #expect(answer?["transfer-encoding"] == nil)
      #expect(answer?.closes == true)
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test func `a large answer arrives whole, pipelined ones behind it`() async throws {
    let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await withServer(handler: { _ in Response(body: .bytes(large)) }) { server in
      let client = try RawHTTPClient(port: server.port, receiveBuffer: 8192)
      try await client.send(Self.get() + Self.get())
      for _ in 1...2 {
        let answer = try await client.readAnswer()
        #expect(answer?.body == large)
      }
    }
  }

  @Test func `a writer waits for a client that does not read`() async throws {
    let written = Mutex(0)
    let piece = [UInt8](repeating: 65, count: 10_000)
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: 50_000_000) { writer in
          for _ in 0..<5000 {
            try await writer.write(piece)
            written.withLock { $0 += piece.count }
          }
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port, receiveBuffer: 8192)
      try await client.send(Self.get())
      let head = try await client.read(through: "\r\n\r\n")
      #expect(head?.contains("Content-Length: 50000000\r\n") == true)
      // The kernel's buffers hold a few megabytes at most; the writer must be waiting by then.
      #expect(written.withLock { $0 } < 40_000_000)
      var count = 0
      while count < 50_000_000, let more = try await client.receive() { count += more.count }
      #expect(count == 50_000_000)
    }
  }

  @Test func `an error that is none of the server's is a 500`() async throws {
    try await withServer(handler: { _ in throw CancellationError() }) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get() + Self.get())
      #expect(try await client.readAnswer()?.status == 500)
      #expect(try await client.readAnswer()?.status == 500)
    }
  }
}
