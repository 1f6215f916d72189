import Foundation
import Glibc
import Logging
import Postgres
import Reactors
import TestSupport
import Testing

@Suite struct PrivateClusterTests {
  /// A folder in /tmp; what runs in it is stopped and it is removed by `remove()`.
  struct Place {
    let folder: URL

    init(_ name: String = "cluster") {
      folder = URL(filePath: "/tmp/ib-\(UUID().uuidString.prefix(8))/\(name)")
    }

    func cluster() -> PrivateCluster {
      PrivateCluster(dataDirectory: folder, settings: ["shared_buffers": "16MB"])
    }

    var server: pid_t? {
      let file = folder.appending(path: "data/postmaster.pid").path
      let text = try? String(contentsOfFile: file, encoding: .utf8)
      return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    func remove() {
      if let server { kill(server, SIGQUIT) }
      try? FileManager.default.removeItem(at: folder.deletingLastPathComponent())
    }
  }

  func answer(_ conninfo: String) async throws -> Int {
    var configuration = PostgresConfiguration(conninfo: conninfo)
    configuration.writeConnections = 1
    let pool = PostgresPool(configuration: configuration)
    try await pool.start()
    let rows = try await pool.query("select 42 as n, current_setting('fsync') as fsync")
    #expect(try rows[0].text("fsync") == "on")
    await pool.close()
    return try rows[0].int("n")
  }

  @Test func `a cluster is made, used, stopped and started again`() async throws {
    let place = Place("with space and 'quote'")
    defer { place.remove() }
    let cluster = place.cluster()
    #expect(try await answer(cluster.start()) == 42)
    let first = place.server
    await cluster.stop()
    #expect(place.server == nil)
    #expect(try await answer(cluster.start()) == 42)
    #expect(place.server != first)
    await cluster.stop()
    #expect(place.server == nil)
  }

  @Test func `a second user finds the server running, and the last one stops it`() async throws {
    let place = Place()
    defer { place.remove() }
    let (first, second) = (place.cluster(), place.cluster())
    _ = try await first.start()
    let server = place.server
    let conninfo = try await second.start()
    #expect(place.server == server)
    await first.stop()
    #expect(place.server == server)
    #expect(try await answer(conninfo) == 42)
    await second.stop()
    try await eventually("the server is gone") { place.server == nil }
  }

  @Test func `a server that was killed is started again`() async throws {
    let place = Place()
    defer { place.remove() }
    let cluster = place.cluster()
    _ = try await cluster.start()
    let server = try #require(place.server)
    kill(server, SIGKILL)
    let again = place.cluster()
    #expect(try await answer(again.start()) == 42)
    #expect(place.server != server)
    await again.stop()
    await cluster.stop()
  }

  @Test func `a stale process file that names another process is no obstacle`() async throws {
    let place = Place()
    defer { place.remove() }
    let cluster = place.cluster()
    _ = try await cluster.start()
    let file = place.folder.appending(path: "data/postmaster.pid").path
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    await cluster.stop()
    let stale = (["\(getpid())"] + lines.map(String.init)).joined(separator: "\n")
    try stale.write(toFile: file, atomically: false, encoding: .utf8)
    #expect(try await answer(cluster.start()) == 42)
    await cluster.stop()
  }

  @Test func `an initdb that was killed is begun anew`() async throws {
    let place = Place()
    defer { place.remove() }
    try FileManager.default.createDirectory(
      at: place.folder.appending(path: "data.new/base"), withIntermediateDirectories: true)
    guard geteuid() == 0 else { return }
    let entry = try #require(getpwnam("postgres")?.pointee)
    for path in ["data.new/base", "data.new"] {
      chown(place.folder.appending(path: path).path, entry.pw_uid, entry.pw_gid)
    }
    let cluster = place.cluster()
    #expect(try await answer(cluster.start()) == 42)
    await cluster.stop()
  }

  @Test func `a path too long for a socket gets one elsewhere`() async throws {
    let place = Place(String(repeating: "long", count: 30))
    defer { place.remove() }
    let cluster = place.cluster()
    let conninfo = try await cluster.start()
    #expect(conninfo.contains("host='/tmp/issuebridge-"))
    #expect(try await answer(conninfo) == 42)
    await cluster.stop()
  }

  @Test(.enabled(if: geteuid() == 0))
  func `as root, a folder that others cannot pass is refused with a way out`() async throws {
    let place = Place("closed/cluster")
    let closed = place.folder.deletingLastPathComponent()
    defer { try? FileManager.default.removeItem(at: closed.deletingLastPathComponent()) }
    try FileManager.default.createDirectory(at: closed, withIntermediateDirectories: true)
    chmod(closed.path, 0o700)
    let error = await #expect(throws: PrivateClusterError.self) {
      try await place.cluster().start()
    }
    #expect(error?.description.contains("/var/lib/issuebridge") == true)
  }

  /// What PostgreSQL's account can put in the way of a service that root starts.
  @Test(.enabled(if: geteuid() == 0))
  func `as root, nothing is written through what another account has planted`() async throws {
    let place = Place()
    defer { place.remove() }
    let entry = try #require(getpwnam("postgres")?.pointee)
    let cluster = place.cluster()
    _ = try await cluster.start()
    await cluster.stop()
    let target = place.folder.deletingLastPathComponent().appending(path: "target").path
    #expect(FileManager.default.createFile(atPath: target, contents: Data("precious".utf8)))
    chmod(target, 0o600)
    for name in [
      "postgresql.log", "start.lock", "users.lock", "data/postmaster.pid", "data/issuebridge.conf",
      "socket/.s.PGSQL.5432.lock", "data/PG_VERSION",
    ] {
      // As if an earlier version had left the folder to that account.
      chown(place.folder.path, entry.pw_uid, entry.pw_gid)
      let planted = place.folder.appending(path: name).path
      let kept = planted + ".kept"
      let isThere = rename(planted, kept) == 0
      #expect(symlink(target, planted) == 0, "\(name)")
      // It may refuse to start; it must not follow.
      let next = place.cluster()
      _ = try? await next.start()
      await next.stop()
      unlink(planted)
      if isThere { rename(kept, planted) }
      var status = stat()
      #expect(stat(target, &status) == 0, "\(name)")
      #expect(status.st_uid == 0, "\(name)")
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
      #expect(FileManager.default.contents(atPath: target) == Data("precious".utf8), "\(name)")
    }
  }

  @Test(.enabled(if: geteuid() == 0))
  func `as root, only data and socket belong to PostgreSQL's account`() async throws {
    let place = Place()
    defer { place.remove() }
    let entry = try #require(getpwnam("postgres")?.pointee)
    let cluster = place.cluster()
    _ = try await cluster.start()
    for (name, owner) in [
      ("", 0), ("data", entry.pw_uid), ("socket", entry.pw_uid), ("start.lock", 0),
      ("users.lock", 0), ("postgresql.log", 0),
    ] {
      var status = stat()
      #expect(lstat(place.folder.appending(path: name).path, &status) == 0, "\(name)")
      #expect(status.st_uid == owner, "\(name)")
    }
    await cluster.stop()
  }

  @Test func `the service's role owns its database and is not a superuser`() async throws {
    let place = Place()
    defer { place.remove() }
    let cluster = place.cluster()
    var configuration = PostgresConfiguration(conninfo: try await cluster.start())
    configuration.writeConnections = 1
    let pool = PostgresPool(configuration: configuration)
    try await pool.start()
    let row = try await pool.query(
      """
      select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
        pg_has_role('pg_read_server_files', 'member') as reads_files
      from pg_roles where rolname = current_user
      """)[0]
    for column in [
      "rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls", "reads_files",
    ] { #expect(try row.bool(column) == false, "\(column)") }
    await pool.close()
    await cluster.stop()
  }

  @Test func `reads and writes go on after a restart of the server`() async throws {
    let place = Place()
    defer { place.remove() }
    let cluster = place.cluster()
    var configuration = PostgresConfiguration(conninfo: try await cluster.start())
    configuration.writeConnections = 3
    configuration.logger.logLevel = .critical
    let pool = PostgresPool(
      configuration: configuration, reactors: try TestDatabase.reactors.get())
    try await pool.start()
    for _ in 0..<20 {
      try await pool.query("select 1")
      try await pool.read("select 1")
    }
    await cluster.stop()
    _ = try await cluster.start()
    for _ in 0..<20 {
      #expect(try await pool.query("select 1").count == 1)
      #expect(try await pool.read("select 1").count == 1)
    }
    await pool.close()
    await cluster.stop()
  }

  @Test func `an address without a server fails with what libpq says`() async throws {
    var configuration = PostgresConfiguration(conninfo: "host=/tmp/no-such-folder dbname=x")
    configuration.acquireTimeout = .milliseconds(300)
    configuration.logger.logLevel = .critical
    let pool = PostgresPool(configuration: configuration)
    let error = await #expect(throws: PostgresError.self) { try await pool.start() }
    #expect(error?.kind == .connection)
    #expect(error?.message.contains("No such file") == true)
    await pool.close()
  }
}
