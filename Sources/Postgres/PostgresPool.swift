import Logging
package import Reactors

/// All access to one database, in two lanes: short reads are pipelined on the reactor threads,
/// everything else gets a connection with a thread of its own for as long as it takes.
package final class PostgresPool: Sendable {
  package let configuration: PostgresConfiguration
  private let threads: ThreadLane
  private let reads: ReadLane?
  private let ownBulk: PostgresPool?

  /// - Parameter reactors: without them, reads share the threads of all else.
  package convenience init(configuration: PostgresConfiguration, reactors: ReactorGroup? = nil) {
    let all = configuration.writeConnections
    let bulkConnections = all < 4 ? all / 2 : max(2, all / 4)
    var (rest, bulk) = (configuration, configuration)
    rest.writeConnections -= bulkConnections
    bulk.writeConnections = bulkConnections
    bulk.acquireTimeout = max(bulk.acquireTimeout, Self.bulkAcquireTimeout)
    self.init(
      rest, reactors, bulk: bulkConnections > 0 ? PostgresPool(bulk, nil, bulk: nil) : nil)
  }

  private init(
    _ configuration: PostgresConfiguration, _ reactors: ReactorGroup?, bulk: PostgresPool?
  ) {
    self.configuration = configuration
    threads = ThreadLane(configuration)
    reads = reactors.map { ReadLane(configuration, on: $0) }
    ownBulk = bulk
  }

  /// What is stored in bulk may wait its turn longer than what somebody waits for.
  static let bulkAcquireTimeout: Duration = .seconds(60)

  /// For what writes much and is waited for by nobody. A quarter of the connections, at least two of four, are
  /// its own: others need not wait behind it, and its statements find theirs prepared and warm. With one
  /// connection alone, `self`.
  package var bulk: PostgresPool { ownBulk ?? self }

  package var use: PoolUse {
    guard let ownBulk else { return threads.use }
    return threads.use + ownBulk.use
  }

  /// Connects once, so that a wrong address or password is seen at once.
  package func start() async throws {
    try threads.start()
    try ownBulk?.threads.start()
    try await query("select 1")
    reads?.start()
  }

  /// Refuses new calls and waits for those under way. To be called before the reactors are shut
  /// down.
  package func close() async {
    await reads?.close()
    await ownBulk?.close()
    await threads.close()
  }

  /// A short `select`, one statement. It shares a pipelined connection with others, so it must not
  /// take long, and it cannot write.
  @discardableResult
  package func read(
    _ statement: Statement, _ parameters: (any PostgresEncodable)?...
  ) async throws -> Rows {
    try await read(statement, parameters)
  }

  @discardableResult
  package func read(
    _ statement: Statement, _ parameters: [(any PostgresEncodable)?]
  ) async throws -> Rows {
    if let reads { return try await reads.read(statement, parameters) }
    return try await query(statement, parameters)
  }

  /// Any one statement, in its own transaction. Run once more when a deadlock or a serialization
  /// failure undid it.
  ///
  /// - Parameter timeout: for the statement; the configuration's when `nil`.
  /// - Throws: `PostgresError`; `CancellationError` when the task was cancelled, after the server
  ///   was asked to stop the statement.
  @discardableResult
  package func query(
    _ statement: Statement, _ parameters: (any PostgresEncodable)?..., timeout: Duration? = nil
  ) async throws -> Rows {
    try await query(statement, parameters, timeout: timeout)
  }

  @discardableResult
  package func query(
    _ statement: Statement, _ parameters: [(any PostgresEncodable)?], timeout: Duration? = nil
  ) async throws -> Rows {
    let limit = timeout ?? configuration.statementTimeout
    return try await threads.run(
      .whole(limit), acquireTimeout: acquireTimeout(timeout)
    ) { connection in
      do {
        return try connection.query(statement, parameters)
      } catch let error as PostgresError where error.isRetryable && connection.isIdle {
        return try connection.query(statement, parameters)
      }
    }
  }

  /// Runs `body` between `begin` and `commit`. It is a straight, synchronous closure on the
  /// connection's thread: no other work may be awaited in the middle of a transaction.
  ///
  /// After a serialization failure or a deadlock (SQLSTATE 40001, 40P01), which undid all of it, it is
  /// run once more: it must change nothing but the database.
  ///
  /// - Parameter timeout: for the whole transaction; when `nil`, each statement has the
  ///   configuration's.
  package func transaction<T: Sendable>(
    timeout: Duration? = nil, _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    try await threads.run(
      timeout.map(CallLimit.whole) ?? .perStatement(configuration.statementTimeout),
      acquireTimeout: acquireTimeout(timeout)
    ) { connection in
      do {
        return try Transaction.run(on: connection, body)
      } catch let error as PostgresError where error.isRetryable && connection.isIdle {
        return try Transaction.run(on: connection, body)
      }
    }
  }

  private func acquireTimeout(_ timeout: Duration?) -> Duration {
    min(configuration.acquireTimeout, timeout ?? configuration.acquireTimeout)
  }
}
