import Foundation
import HTTPServer
import HTTPTypes
import Postgres
import Reactors

/// What `scripts/bench http` loads: an answer of 1 KB from memory, and one row through the pool when
/// the first argument names a folder for a private PostgreSQL. Prints its port and, in that case, the
/// connection string. Stops at SIGTERM.
@main
enum HTTPBench {
  static let row: Statement = "select name, note from bench where id = $1"

  static let document: [UInt8] = {
    let note = String(repeating: "lorem ipsum ", count: 7)
    let items = (0..<8).map { #"{"id":\#($0),"name":"item \#($0)","note":"\#(note)"}"# }
    return Array(#"{"items":[\#(items.joined(separator: ","))]}"#.utf8)
  }()

  static func main() async throws {
    let reactors = try ReactorGroup(count: 2)
    var router = Router()
    router.on(.get, "/json") { _ in
      Response(headerFields: [.contentType: "application/json"], body: .bytes(document))
    }
    router.on(.get, "/fields") { request in
      let accepts = request.headerFields[.accept] != nil
      return Response(
        headerFields: [.contentType: "application/json"], body: accepts ? .bytes(document) : .empty)
    }
    let large = [UInt8](repeating: 97, count: 10 << 20)
    router.on(.get, "/large") { _ in Response(body: .bytes(large)) }
    var cluster: PrivateCluster?
    var conninfo = ""
    if let folder = CommandLine.arguments.dropFirst().first {
      let database = PrivateCluster(dataDirectory: URL(filePath: folder))
      cluster = database
      conninfo = try await database.start()
      let pool = PostgresPool(
        configuration: PostgresConfiguration(conninfo: conninfo), reactors: reactors)
      try await pool.start()
      try await fill(pool)
      router.on(.get, "/row") { _ in
        let rows = try await pool.read(row, Int.random(in: 1...10_000))
        var json: [UInt8] = []
        json.reserveCapacity(256)
        if let found = rows.first { try found.appendJSON(to: &json) }
        return Response(headerFields: [.contentType: "application/json"], body: .bytes(json))
      }
    }
    let routes = router
    let server = try Server(
      configuration: ServerConfiguration(port: 0), reactors: reactors,
      handler: { try await routes.handle($0) })
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    source.setEventHandler { @Sendable in server.stop(grace: .seconds(1)) }
    source.resume()
    print("\(server.port)\n\(conninfo)")
    fflush(nil)
    try await server.run()
    source.cancel()
    await cluster?.stop()
  }

  private static func fill(_ pool: PostgresPool) async throws {
    try await pool.query("drop table if exists bench")
    try await pool.query(
      "create table bench (id bigint primary key, name text not null, note text not null)")
    try await pool.query(
      """
      insert into bench
      select n, 'item ' || n, repeat('lorem ipsum ', 7) from generate_series(1, 10000) as n
      """)
    try await pool.query("analyze bench")
  }
}
