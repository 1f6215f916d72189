import HTTPServer
import HTTPTypes
import Reactors
import TestSupport

/// Runs a server on a free port for the time of `body`.
func withServer(
  limits: Limits = Limits(), host: String = "127.0.0.1", handlerTimeout: Duration = .seconds(20),
  handler: @escaping Handler = echo, _ body: (Server) async throws -> Void
) async throws {
  let reactors = try ReactorGroup(count: 2)
  defer { reactors.shutdown() }
  let configuration = ServerConfiguration(
    host: host, limits: limits, handlerTimeout: handlerTimeout)
  let server = try Server(configuration: configuration, reactors: reactors, handler: handler)
  let running = Task { try await server.run() }
  do {
    try await body(server)
  } catch {
    server.stop(grace: .zero)
    try await running.value
    throw error
  }
  server.stop(grace: .zero)
  try await running.value
}

/// Answers with what it understood: method, path, query and body, up to 1,000 bytes of it.
let echo: Handler = { request in
  let body = try await request.body.collect(upTo: 1000)
  let query = request.query ?? "-"
  let text = "\(request.method.rawValue) \(request.path) \(query) "
  return Response(
    headerFields: [.contentType: "application/octet-stream"],
    body: .bytes(Array(text.utf8) + body))
}
