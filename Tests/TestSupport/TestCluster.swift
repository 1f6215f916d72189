import Foundation
import Glibc
import Postgres
import Synchronization

/// The one PostgreSQL of a test run, in /tmp, without durability; stopped and removed at exit.
package actor TestCluster {
  static let template = "issuebridge_template"
  private static let prefix = "issuebridge-tests-"
  private static let instance = Mutex<Task<TestCluster, any Error>?>(nil)
  /// What `atexit` has to stop.
  private static let running = Mutex<PrivateCluster?>(nil)
  private static let folder = URL(filePath: "/tmp/\(prefix)\(getpid())")

  private nonisolated let main: String
  /// `create database … template` refuses to run twice at once on one template.
  private let admin: PostgresPool

  private init(main: String, admin: PostgresPool) {
    self.main = main
    self.admin = admin
  }

  static func shared() async throws -> TestCluster {
    let task = instance.withLock { task in
      if let task { return task }
      let fresh = Task { try await start() }
      task = fresh
      return fresh
    }
    return try await task.value
  }

  nonisolated func conninfo(database: String) -> String {
    main.replacing("dbname=issuebridge", with: "dbname=\(database)")
  }

  func run(_ sql: String) async throws { try await admin.query(Statement(sql)) }

  private static func start() async throws -> TestCluster {
    removeLeftovers()
    let cluster = PrivateCluster(
      dataDirectory: folder,
      settings: [
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
        "max_connections": "300", "autovacuum": "off",
      ])
    running.withLock { $0 = cluster }
    atexit { TestCluster.stopAtExit() }
    let main = try await cluster.start()
    var configuration = PostgresConfiguration(
      conninfo: main.replacing("user=issuebridge", with: "user=postgres"))
    configuration.writeConnections = 1
    configuration.acquireTimeout = .seconds(60)
    let admin = PostgresPool(configuration: configuration)
    try await admin.start()
    let shared = TestCluster(main: main, admin: admin)
    try await shared.run("create database \(template) template template0 owner issuebridge")
    // Tests fill tables without their triggers.
    try await shared.run("grant set on parameter session_replication_role to issuebridge")
    let target = shared.conninfo(database: template)
    _ = try await Migrator(directory: TestDatabase.migrations).migrate(conninfo: target)
    return shared
  }

  private static func stopAtExit() {
    running.withLock { $0 }?.stopBlocking()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Stops and removes the clusters of runs that were killed.
  private static func removeLeftovers() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
    for name in names where name.hasPrefix(prefix) {
      guard let owner = pid_t(name.dropFirst(prefix.count)), kill(owner, 0) != 0, errno == ESRCH
      else { continue }
      let folder = URL(filePath: "/tmp/\(name)")
      let file = folder.appending(path: "data/postmaster.pid").path
      if let text = try? String(contentsOfFile: file, encoding: .utf8),
        let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }),
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd"))
          == folder.appending(path: "data").path
      {
        kill(pid, SIGQUIT)
      }
      try? FileManager.default.removeItem(at: folder)
    }
  }
}
