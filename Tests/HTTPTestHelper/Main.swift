import Dispatch
import Glibc
import HTTPServer
import Reactors

/// A server in a process of its own, for tests that exhaust its descriptors or send it signals.
///
/// The first argument limits its descriptors. It prints its port, stops at SIGTERM, and ends with 0.
@main
enum HTTPTestHelper {
  static func main() async throws {
    let server = try Server(
      configuration: ServerConfiguration(), reactors: ReactorGroup(count: 2), handler: handle)
    if let count = CommandLine.arguments.dropFirst().first.flatMap({ rlim_t($0) }) {
      var limit = rlimit(rlim_cur: count, rlim_max: count)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    source.setEventHandler { @Sendable in server.stop(grace: .seconds(3600)) }
    source.resume()
    print(server.port)
    fflush(nil)
    try await server.run()
    source.cancel()
  }

  /// `/until-stopped` begins its answer at once and ends it when the server is told to stop.
  @Sendable static func handle(_ request: Request) async throws -> Response {
    guard request.path == "/until-stopped" else { return Response() }
    return Response(
      body: .stream(contentLength: nil) { writer in
        try await writer.write("begun")
        while !writer.isServerStopping { try await Task.sleep(for: .milliseconds(5)) }
        try await writer.write("ended")
      })
  }
}
