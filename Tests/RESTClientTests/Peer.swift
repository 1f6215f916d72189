import HTTPServer
import Reactors
import Synchronization

/// A vendor on loopback that answers as a test wants.
final class Peer: Sendable {
  let server: Server
  let task: Task<Void, any Error>
  let reactors: ReactorGroup
  var url: String { "http://127.0.0.1:\(server.port)" }

  init(_ handler: @escaping Handler) throws {
    let reactors = try ReactorGroup(count: 1)
    let server = try Server(
      configuration: ServerConfiguration(host: "127.0.0.1", port: 0), reactors: reactors,
      handler: handler, errorResponder: plainTextErrorResponder)
    self.reactors = reactors
    self.server = server
    task = Task { try await server.run() }
  }

  func close() async {
    server.stop(grace: .milliseconds(100))
    _ = await task.result
    reactors.shutdown()
  }
}

final class Count: Sendable {
  private let value = Mutex(0)
  func next() -> Int {
    value.withLock {
      $0 += 1; return $0
    }
  }
  var now: Int { value.withLock { $0 } }
}
