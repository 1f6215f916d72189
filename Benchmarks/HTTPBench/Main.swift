import Glibc
import HTTPServer
import HTTPTypes
import Reactors

/// What `scripts/bench http` loads: an answer of 1 KB from memory and a few others. Prints its port.
@main
enum HTTPBench {
  static let document = Array(
    #"{"items":[\#((0..<8).map { #"{"id":\#($0),"name":"item \#($0)","description":"\#(String(repeating: "lorem ipsum ", count: 6))"}"# }.joined(separator: ","))]}"#
      .utf8)

  static func main() async throws {
    let reactors = try ReactorGroup(count: 2)
    var router = Router()
    router.on(.get, "/json") { _ in
      Response(headerFields: [.contentType: "application/json"], body: .bytes(document))
    }
    router.on(.post, "/bytes") { request in
      let body = try await request.body.collect(upTo: 1 << 20)
      return Response(body: .bytes(Array("\(body.count)\n".utf8)))
    }
    let large = [UInt8](repeating: 97, count: 10 << 20)
    router.on(.get, "/large") { _ in Response(body: .bytes(large)) }
    router.on(.get, "/stream") { _ in
      Response(
        body: .stream(contentLength: nil) { writer in
          for number in 0..<1000 { try await writer.write("line \(number)\n") }
        })
    }
    let routes = router
    let server = try Server(
      configuration: ServerConfiguration(port: 0), reactors: reactors,
      handler: { try await routes.handle($0) })
    print(server.port)
    fflush(nil)
    try await server.run()
  }
}
