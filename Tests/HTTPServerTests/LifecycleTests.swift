import Foundation
import Glibc
import HTTPServer
import Reactors
import TestSupport
import Testing

@Suite struct LifecycleTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func `a name with two addresses is served on both`() async throws {
    let hasIPv6 = (try? Data(contentsOf: URL(filePath: "/proc/net/if_inet6")))?.isEmpty == false
    try await withServer(host: "*") { server in
      for host in hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"] {
        let client = try RawHTTPClient(port: server.port, host: host)
        try await client.send(Self.get)
        #expect(try await client.readAnswer()?.status == 200)
      }
    }
  }

  @Test func `a port that is taken is an error that says so`() async throws {
    try await withServer { server in
      await #expect(throws: ListenError.self) {
        var configuration = ServerConfiguration()
        configuration.port = server.port
        let second = try Server(
          configuration: configuration, reactors: .init(count: 1), handler: echo)
        try await second.run()
      }
    }
  }

  @Test func `the end of the grace cuts off what has not ended`() async throws {
    let handler: Handler = { _ in
      Response(
        body: .stream(contentLength: nil) { writer in
          try await writer.write("begun")
          try await Task.sleep(for: .seconds(3600))
        })
    }
    try await withServer(handler: handler) { server in
      let client = try RawHTTPClient(port: server.port)
      try await client.send(Self.get)
      #expect(try await client.read(through: "begun") != nil)
      server.stop(grace: .milliseconds(50))
      let rest = try await client.readToEnd()
      #expect(String(decoding: rest, as: UTF8.self) == "\r\n")
    }
  }

  @Test func `SIGTERM lets requests end, closes idle connections and ends the process`()
    async throws
  {
    let child = try ServerProcess()
    let busy = try RawHTTPClient(port: child.port)
    try await busy.send("GET /until-stopped HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await busy.read(through: "begun\r\n") != nil)
    let idle = try RawHTTPClient(port: child.port)
    try await idle.send(Self.get)
    #expect(try await idle.readAnswer()?.status == 200)
    child.terminate()
    #expect(try await idle.readToEnd() == [])
    #expect(try await busy.read(through: "0\r\n\r\n") == "5\r\nended\r\n0\r\n\r\n")
    try await eventually("the process ended") { !child.isRunning }
    #expect(child.exitStatus == 0)
    #expect(throws: NeverHappened.self) { try RawHTTPClient(port: child.port) }
  }

  @Test func `when descriptors run out idle clients make room, and nothing spins`() async throws {
    let child = try ServerProcess(descriptors: 40)
    let first = try RawHTTPClient(port: child.port)
    try await first.send(Self.get)
    #expect(try await first.readAnswer()?.status == 200)
    let crowd = try (0..<60).map { _ in try RawHTTPClient(port: child.port) }
    let last = try #require(crowd.last)
    try await last.send(Self.get)
    let before = try child.cpuTicks()
    #expect(try await last.readAnswer()?.status == 200)
    // The first one had been idle longest.
    #expect(try await first.readToEnd() == [])
    #expect(await last.hasInput(within: .seconds(1)) == false)
    // A loop that spins would take most of that second: 100 ticks.
    #expect(try child.cpuTicks() - before < 50)
    for client in crowd { client.close() }
    child.terminate()
    try await eventually("the process ended") { !child.isRunning }
    #expect(child.exitStatus == 0)
  }
}
