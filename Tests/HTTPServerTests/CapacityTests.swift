import HTTPServer
import HTTPTypes
import Reactors
import Synchronization
import TestSupport
import Testing

/// Crowds of clients that keep something busy must not keep others out.
@Suite struct CapacityTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let headOnly = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"

  private func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  @Test func `clients that send only a head neither take the place of work nor keep bodies out`()
    async throws
  {
    let limits = limits {
      $0.maxRequestsAtWork = 2
      $0.maxBodiesAwaited = 4
    }
    try await withServer(limits: limits) { server in
      let crowd = try (0..<12).map { _ in try RawHTTPClient(port: server.port) }
      for client in crowd {
        try await client.send(Self.headOnly)
        try await eventually("its handler waits") { server.awaitedBodyCount > 0 }
      }
      try await eventually("the longest waits ended") { server.awaitedBodyCount <= 4 }
      let other = try RawHTTPClient(port: server.port)
      try await other.send(Self.get)
      #expect(try await other.readAnswer()?.status == 200)
      try await other.send(Self.headOnly)
      try await eventually("it is the last that waits") { server.awaitedBodyCount <= 4 }
      try await other.send("hi")
      #expect(try await other.readAnswer()?.text == "POST / - hi")
      let refusal = try await crowd[0].readAnswer()
      #expect(refusal?.status == 503)
      #expect(refusal?["retry-after"] == "1")
      #expect(refusal?.closes == true)
    }
  }

  @Test func `streams have a budget of their own`() async throws {
    let handler: Handler = { request in
      guard request.path == "/stream" else { return Response() }
      return Response(
        body: .stream(contentLength: nil) { writer in
          try await writer.write("begun")
          try await Task.sleep(for: .seconds(3600))
        })
    }
    let limits = limits {
      $0.maxRequestsAtWork = 1
      $0.maxStreams = 2
    }
    try await withServer(limits: limits, handler: handler) { server in
      let stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
      let followers = try (0..<2).map { _ in try RawHTTPClient(port: server.port) }
      for follower in followers {
        try await follower.send(stream)
        #expect(try await follower.read(through: "begun") != nil)
      }
      let third = try RawHTTPClient(port: server.port)
      try await third.send(stream)
      #expect(try await third.readAnswer()?.status == 503)
      let other = try RawHTTPClient(port: server.port)
      try await other.send(Self.get)
      #expect(try await other.readAnswer()?.status == 200)
      followers[0].close()
      try await eventually("one stream ended") { server.requestCount == 1 }
      let fourth = try RawHTTPClient(port: server.port)
      try await fourth.send(stream)
      #expect(try await fourth.read(through: "begun") != nil)
    }
  }

  @Test func `reserved paths are served when everything else is refused`() async throws {
    let goOn = Mutex(false)
    let handler: Handler = { request in
      if request.path == "/" { try await eventually("the test goes on") { goOn.withLock { $0 } } }
      return Response()
    }
    let reactors = try ReactorGroup(count: 2)
    defer { reactors.shutdown() }
    let configuration = ServerConfiguration(
      limits: limits { $0.maxRequestsAtWork = 1 }, reservedPaths: ["/healthz"])
    let server = try Server(configuration: configuration, reactors: reactors, handler: handler)
    let running = Task { try await server.run() }
    let first = try RawHTTPClient(port: server.port)
    try await first.send(Self.get)
    try await eventually("the first is at work") { server.requestCount == 1 }
    let second = try RawHTTPClient(port: server.port)
    try await second.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await second.readAnswer()?.status == 503)
    try await second.send("GET /healthz?verbose HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await second.readAnswer()?.status == 200)
    goOn.withLock { $0 = true }
    #expect(try await first.readAnswer()?.status == 200)
    server.stop(grace: .zero)
    try await running.value
  }

  @Test func `bodies that handlers hold have a bound`() async throws {
    let goOn = Mutex(false)
    let handler: Handler = { request in
      let body = try await request.body.collect(upTo: 1000)
      try await eventually("the test goes on") { goOn.withLock { $0 } }
      return Response(body: .bytes(body))
    }
    try await withServer(limits: limits { $0.maxBodyBytesHeld = 15 }, handler: handler) { server in
      let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789"
      let first = try RawHTTPClient(port: server.port)
      try await first.send(post)
      try await eventually("the first is at work") { server.requestCount == 1 }
      try await eventually("its body is held") { server.awaitedBodyCount == 0 }
      let second = try RawHTTPClient(port: server.port)
      try await second.send(post)
      let refusal = try await second.readAnswer()
      #expect(refusal?.status == 503)
      goOn.withLock { $0 = true }
      #expect(try await first.readAnswer()?.text == "0123456789")
      let third = try RawHTTPClient(port: server.port)
      try await third.send(post)
      #expect(try await third.readAnswer()?.text == "0123456789")
    }
  }

  @Test func `a body that arrives steadily still has an end`() async throws {
    let limits = limits {
      $0.bodyTimeout = .milliseconds(300)
      $0.minimumBytesPerSecond = 1
    }
    try await withServer(limits: limits) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
      try await eventually("the server ends it") {
        try await client.send("a")
        return await client.hasInput(within: .milliseconds(10))
      }
      let answer = try await client.readAnswer()
      #expect(answer?.status == 408)
      #expect(answer?.closes == true)
    }
  }

  @Test func `the connection that has been idle longest makes room for a new one`() async throws {
    try await withServer(limits: limits { $0.maxConnections = 4 }) { server in
      let clients = try (0..<4).map { _ in try RawHTTPClient(port: server.port) }
      for client in clients {
        try await client.send(Self.get)
        #expect(try await client.readAnswer()?.status == 200)
      }
      for client in clients.dropFirst(2) {
        try await client.send(Self.get)
        #expect(try await client.readAnswer()?.status == 200)
      }
      for _ in 0..<2 {
        let new = try RawHTTPClient(port: server.port)
        try await new.send(Self.get)
        #expect(try await new.readAnswer()?.status == 200)
        new.close()
      }
      #expect(try await clients[0].readToEnd() == [])
    }
  }
}
