import CLibpq
import Glibc
import Logging

/// One connection on one thread, with synchronous calls. Every call ends by its deadline.
///
/// Not `Sendable` on purpose: a `Connection` is only good inside the closure that was given it.
package final class Connection {
  private let handle: ConnectionHandle
  let configuration: PostgresConfiguration
  private var prepared = StatementCache()
  private let interruption: Interruption?
  var limit: TimeLimit
  var cancelFlag: CancelFlag?
  /// The server's own limit as it stands in this session.
  private var serverTimeout: Duration = .zero
  /// Whether the statement under way began outside a transaction.
  private var beganIdle = true
  /// No answer came to a cancel request: nothing more may be sent.
  private(set) var isGivenUp = false

  init(
    _ configuration: PostgresConfiguration, by deadline: ContinuousClock.Instant,
    interruption: Interruption? = nil, readOnly: Bool = false
  ) throws {
    handle = try ConnectionHandle.open(configuration, by: deadline)
    self.configuration = configuration
    self.interruption = interruption
    limit = .until(deadline)
    serverTimeout =
      readOnly
      ? configuration.readTimeout : Self.serverTimeout(for: configuration.statementTimeout)
    try execute(SessionSettings.sql(statementTimeout: serverTimeout, readOnly: readOnly))
    limit = .perStatement(configuration.statementTimeout)
  }

  var raw: OpaquePointer { handle.raw }
  var isBroken: Bool { isGivenUp || PQstatus(raw) != CONNECTION_OK }
  var isIdle: Bool { PQtransactionStatus(raw) == PQTRANS_IDLE }

  /// The server stops a statement on its own when this process is gone or stuck; later than the
  /// deadline here, whose message is the better one.
  static func serverTimeout(for limit: Duration) -> Duration { limit + .seconds(5) }

  /// Runs one statement.
  ///
  /// - Throws: `PostgresError`; `CancellationError` when the caller's task was cancelled.
  @discardableResult
  package func query(
    _ statement: Statement, _ parameters: (any PostgresEncodable)?...
  ) throws -> Rows {
    try query(statement, parameters)
  }

  @discardableResult
  package func query(
    _ statement: Statement, _ parameters: [(any PostgresEncodable)?]
  ) throws -> Rows {
    let values = try Parameters(parameters)
    do {
      return try run(statement, values)
    } catch let error as PostgresError where error.isStalePlan && isIdle && !isBroken {
      // A migration changed the statement's columns, or something dropped the prepared statement:
      // the server refused before doing anything.
      prepared.removeAll()
      try execute("deallocate all")
      return try run(statement, values)
    }
  }

  /// Runs statements without parameters, several at once if need be.
  package func execute(_ sql: String) throws {
    try begin()
    try check(PQsendQuery(raw, sql))
    _ = try finish()
  }

  /// Sends a notification; listeners get it when the transaction commits.
  package func notify(channel: String, payload: String = "") throws {
    try query("select pg_notify($1, $2)", channel, payload)
  }

  private func run(_ statement: Statement, _ parameters: Parameters) throws -> Rows {
    try begin()
    if !statement.isPrepared { return try runUnprepared(statement, parameters) }
    if let known = prepared.find(statement, parameters) {
      return try run(known, statement, parameters)
    }
    if prepared.isFull { return try runUnprepared(statement, parameters) }
    let fresh = StatementCache.Prepared(name: prepared.nextName(), types: parameters.types)
    try check(
      PQsendPrepare(raw, fresh.name, statement.sql, Int32(fresh.types.count), fresh.types))
    _ = try finish()
    prepared.insert(fresh, for: statement)
    return try run(fresh, statement, parameters)
  }

  private func run(
    _ prepared: StatementCache.Prepared, _ statement: Statement, _ parameters: Parameters
  ) throws -> Rows {
    try check(
      parameters.withPointers {
        PQsendQueryPrepared(raw, prepared.name, $0.count, $0.values, $0.lengths, $0.formats, 1)
      })
    return Rows(result: try finish(statement))
  }

  private func runUnprepared(_ statement: Statement, _ parameters: Parameters) throws -> Rows {
    try check(
      parameters.withPointers {
        PQsendQueryParams(
          raw, statement.sql, $0.count, parameters.types, $0.values, $0.lengths, $0.formats, 1)
      })
    return Rows(result: try finish(statement))
  }

  private func begin() throws {
    if cancelFlag?.isSet == true { throw CancellationError() }
    guard !isBroken else { throw PostgresError(connection: raw) }
    beganIdle = isIdle
  }

  private func check(_ sent: Int32) throws {
    guard sent == 1 else { throw PostgresError(connection: raw) }
  }

  /// Waits for the answer to a statement that was just sent to be done. When none comes the error says
  /// whether the statement may have been done nevertheless.
  private func finish(_ statement: Statement) throws -> QueryResult {
    do {
      return try finish()
    } catch {
      let lost = isGivenUp || (error as? PostgresError)?.kind == .connection
      guard lost, statement.decides(outsideTransaction: beganIdle) else { throw error }
      // Also instead of a `CancellationError`, which would say that nothing was done.
      var unknown =
        error as? PostgresError
        ?? PostgresError(.connection, "the caller left before the server had answered")
      unknown.isOutcomeUnknown = true
      throw unknown
    }
  }

  /// Waits for what was just sent.
  private func finish() throws -> QueryResult {
    var wait = AnswerWait(
      connection: raw, deadline: limit.deadline, grace: configuration.cancelGrace,
      interruption: interruption, cancelFlag: cancelFlag)
    defer { isGivenUp = isGivenUp || wait.gaveUp }
    return try wait.answer()
  }

  /// Before a call: its limit and whom to ask whether it is still wanted.
  func start(_ limit: TimeLimit, cancelFlag: CancelFlag) throws {
    self.limit = limit
    self.cancelFlag = cancelFlag
    let wanted = Self.serverTimeout(for: limit.remaining)
    guard wanted > serverTimeout else { return }
    try execute(SessionSettings.statementTimeout(wanted))
    serverTimeout = wanted
  }

  /// Ends a transaction that failed, in its own time: the caller's limit may be over. A connection
  /// that cannot even roll back is not used again.
  func rollBack() {
    guard !isBroken, !isIdle else { return }
    let (limit, flag) = (limit, cancelFlag)
    defer { (self.limit, cancelFlag) = (limit, flag) }
    self.limit = .perStatement(Self.cleaningLimit)
    cancelFlag = nil
    do { try execute("rollback") } catch { giveUp() }
  }

  /// After a call: whatever it left behind is undone, so that the next one starts clean.
  func reset() {
    cancelFlag = nil
    rollBack()
    limit = .perStatement(Self.cleaningLimit)
    let usual = Self.serverTimeout(for: configuration.statementTimeout)
    guard !isBroken, serverTimeout > usual else { return }
    do {
      try execute(SessionSettings.statementTimeout(usual))
      serverTimeout = usual
    } catch {
      giveUp()
    }
  }

  private static let cleaningLimit: Duration = .seconds(5)

  func giveUp() {
    shutdown(PQsocket(raw), Int32(SHUT_RDWR))
    isGivenUp = true
  }

  /// Between calls: has the server closed this connection? Never blocks.
  func probe() -> Bool {
    var polled = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
    // A server that shuts down sends a farewell first; the end comes after it.
    for _ in 0..<8 {
      guard !isBroken, poll(&polled, 1, 0) > 0 else { break }
      guard PQconsumeInput(raw) == 1 else { return false }
      while PQisBusy(raw) == 0, let stray = PQgetResult(raw) { PQclear(stray) }
    }
    return !isBroken
  }
}
