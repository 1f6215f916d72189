package import Foundation
import Glibc
import Synchronization

/// A PostgreSQL of the service's own, on a Unix socket only, for machines where none is given.
///
/// Several processes may use one folder at once: the first starts the server, the last stops it.
/// After a crash of the service the server is found running and used again.
package final class PrivateCluster: Sendable {
  private struct State: ~Copyable {
    var process: ClusterProcess?
    var use: FileLock?
  }

  private let layout: ClusterLayout
  private let settings: [String: String]
  private let startTimeout: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - dataDirectory: belongs to the cluster alone; created when missing.
  ///   - settings: further settings of the server.
  ///   - startTimeout: for start-up, which after a crash includes recovery.
  package init(
    dataDirectory: URL, settings: [String: String] = [:], startTimeout: Duration = .seconds(120)
  ) {
    layout = ClusterLayout(root: dataDirectory.standardizedFileURL)
    self.settings = settings
    self.startTimeout = startTimeout
  }

  /// Makes the cluster when there is none, and runs it.
  ///
  /// - Returns: the connection string of its database.
  /// - Throws: `PrivateClusterError`, which says what to do; `PostgresError`.
  package func start() async throws -> String {
    try await BlockingWork.run { try self.startBlocking() }
  }

  /// Stops the server, unless another process still uses it.
  package func stop() async {
    try? await BlockingWork.run { self.stopBlocking() }
  }

  package func startBlocking() throws -> String {
    let account = try ClusterAccount.choose()
    try layout.prepare(for: account)
    let guardian = try FileLock(path: layout.startLock)
    guardian.lock()
    let programs = try ClusterFiles.make(layout, account)
    let process = try findRunning() ?? launch(programs, account)
    try makeDatabase()
    try state.withLock { state in
      let use = try FileLock(path: layout.usersLock)
      use.lock(LOCK_SH)
      state.use = consume use
      if state.process?.pid != process.pid { state.process = process }
    }
    return layout.conninfo(database: "issuebridge")
  }

  package func stopBlocking() {
    guard let guardian = try? FileLock(path: layout.startLock) else { return }
    guardian.lock()
    let process = state.withLock { state -> ClusterProcess? in
      defer { state.process = nil }
      state.use = nil
      return state.process
    }
    guard let process, let users = try? FileLock(path: layout.usersLock), users.tryLock() else {
      return
    }
    process.stop(patience: .seconds(20))
  }

  /// The server that another process, or this one before a crash, has started.
  private func findRunning() throws -> ClusterProcess? {
    guard let process = ClusterProcess.running(layout),
      try process.waitUntilReady(layout, by: .now + startTimeout)
    else { return nil }
    return process
  }

  private func launch(
    _ programs: ClusterPrograms, _ account: ClusterAccount
  ) throws -> ClusterProcess {
    let deadline = ContinuousClock.now + startTimeout
    while !ClusterProcess.orphans(layout).isEmpty {
      guard .now < deadline else {
        throw PrivateClusterError(
          "processes of an earlier PostgreSQL still work in \(layout.data): end them")
      }
      usleep(20_000)
    }
    // Nothing works on the data: files that name a process are stale.
    try ClusterFiles.remove([layout.processFile, layout.socketLock], as: account, layout)
    let process = try ClusterProcess.start(programs, account, layout, settings: settings)
    guard try process.waitUntilReady(layout, by: deadline) else {
      throw PrivateClusterError.notStarted(log: layout.log)
    }
    return process
  }

  /// The service's role owns its database and may do nothing beyond it.
  private func makeDatabase() throws {
    var configuration = PostgresConfiguration(
      conninfo: layout.conninfo(database: "postgres", user: "postgres"))
    configuration.statementTimeout = .seconds(60)
    let connection = try Connection(configuration, by: .now + .seconds(10))
    if try connection.query("select from pg_roles where rolname = 'issuebridge'").isEmpty {
      try connection.execute("create role issuebridge login")
    }
    if try connection.query("select from pg_database where datname = 'issuebridge'").isEmpty {
      try connection.execute("create database issuebridge owner issuebridge")
    }
  }
}
