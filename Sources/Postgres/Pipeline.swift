import CLibpq
import DequeModule
import Reactors

/// One connection in libpq's pipeline mode on a reactor's thread. Only for reads: a pipelined
/// statement is answered before its transaction commits.
final class Pipeline {
  /// Reads under one Sync. An error takes those after it in its batch along, so it stays small.
  static let batchLimit = 16
  /// Reads on their way on one connection.
  static let depthLimit = 128

  /// What the server will answer, in order.
  private enum Expected {
    case prepare(name: String, Statement)
    case read(PendingRead)
    case sync
  }

  private let connection: Connection
  private let reactor: Reactor
  private var prepared = StatementCache()
  private var expected = Deque<Expected>()
  private var last: QueryResult?
  /// Statements that the server refused to prepare in the batch that is being answered.
  private var refused: [String: PostgresError] = [:]
  private(set) var inFlight = 0
  /// Sent in this turn and not yet followed by a Sync.
  private(set) var unsynced = 0
  private var waitsToWrite = false

  private var raw: OpaquePointer { connection.raw }

  /// - Parameter connection: open and idle; belongs to the pipeline from now on.
  init(_ connection: Connection, on reactor: Reactor) throws {
    self.connection = connection
    self.reactor = reactor
    guard PQenterPipelineMode(raw) == 1 else { throw PostgresError(connection: raw) }
  }

  func watch(_ ready: @escaping (Ready) -> Void) throws {
    try reactor.watch(PQsocket(raw), .read, handler: ready)
  }

  func unwatch() { reactor.unwatch(PQsocket(raw)) }

  /// When the oldest read on its way was to be answered.
  var oldestDeadline: ContinuousClock.Instant? {
    for case .read(let read) in expected { return read.deadline }
    return nil
  }

  func failOverdue(at now: ContinuousClock.Instant, with error: PostgresError) {
    for case .read(let read) in expected where read.deadline <= now { read.fail(error) }
  }

  /// Puts `read` behind the others. It leaves with `flush()`.
  func send(_ read: PendingRead) throws {
    if read.isAlone { try endBatch() }
    let parameters = read.parameters
    let known = try prepared.find(read.statement, parameters) ?? prepare(read)
    let sent: Int32
    if let known {
      read.preparedName = known.name
      sent = parameters.withPointers {
        PQsendQueryPrepared(raw, known.name, $0.count, $0.values, $0.lengths, $0.formats, 1)
      }
    } else {
      sent = parameters.withPointers {
        PQsendQueryParams(
          raw, read.statement.sql, $0.count, parameters.types, $0.values, $0.lengths, $0.formats,
          1)
      }
    }
    guard sent == 1 else { throw PostgresError(connection: raw) }
    expected.append(.read(read))
    inFlight += 1
    unsynced += 1
    if read.isAlone { try endBatch() }
  }

  private func endBatch() throws {
    guard unsynced > 0 else { return }
    guard PQpipelineSync(raw) == 1 else { throw PostgresError(connection: raw) }
    expected.append(.sync)
    unsynced = 0
  }

  /// `nil` when there are too many prepared statements already, or it is not to be prepared.
  private func prepare(_ read: PendingRead) throws -> StatementCache.Prepared? {
    guard read.statement.isPrepared, !prepared.isFull else { return nil }
    let fresh = StatementCache.Prepared(
      name: prepared.nextName(), types: read.parameters.types)
    let sent = PQsendPrepare(
      raw, fresh.name, read.statement.sql, Int32(fresh.types.count), fresh.types)
    guard sent == 1 else { throw PostgresError(connection: raw) }
    expected.append(.prepare(name: fresh.name, read.statement))
    prepared.insert(fresh, for: read.statement)
    return fresh
  }

  /// Closes this turn's batch and writes it.
  func flush() throws {
    try endBatch()
    let state = PQflush(raw)
    if state < 0 { throw PostgresError(connection: raw) }
    guard waitsToWrite != (state == 1) else { return }
    waitsToWrite = state == 1
    try reactor.modify(PQsocket(raw), waitsToWrite ? [.read, .write] : .read)
  }

  /// Takes in what has come and answers the reads that it answers.
  ///
  /// - Parameter again: takes reads that the server did not run because of an error before them.
  /// - Throws: when the connection broke.
  func receive(_ again: inout [PendingRead]) throws {
    guard PQconsumeInput(raw) == 1 else { throw PostgresError(connection: raw) }
    while !expected.isEmpty, PQisBusy(raw) == 0 {
      if let result = PQgetResult(raw).map(QueryResult.init) {
        if result.status == PGRES_PIPELINE_SYNC {
          // A Sync has no end of its own.
          expected.removeFirst()
          refused = [:]
        } else {
          last = result
        }
      } else if let result = last {
        last = nil
        settle(result, &again)
        // The server's farewell: what is sent on this connection from now on is lost with it.
        if let error = result.error, error.kind == .connection { throw error }
      } else {
        break
      }
    }
    guard PQstatus(raw) == CONNECTION_OK else { throw PostgresError(connection: raw) }
  }

  private func settle(_ result: QueryResult, _ again: inout [PendingRead]) {
    let wasAborted = result.status == PGRES_PIPELINE_ABORTED
    switch expected.first {
    case .prepare(let name, let statement):
      expected.removeFirst()
      if let error = result.error { refused[name] = error }
      if wasAborted || result.error != nil { prepared.remove(name, for: statement) }
    case .read(let read):
      expected.removeFirst()
      inFlight -= 1
      if wasAborted {
        if let error = refused[read.preparedName] {
          read.fail(error)
        } else {
          read.isAlone = true
          again.append(read)
        }
      } else if let error = result.error {
        if error.isStalePlan {
          // Its PREPARE was aborted with an earlier batch, or a migration changed its columns.
          prepared.remove(read.preparedName, for: read.statement)
          again.append(read)
        } else if error.kind == .connection {
          again.append(read)
        } else {
          read.fail(error)
        }
      } else {
        read.succeed(Rows(result: result))
      }
    case .sync, nil:
      break  // An error at commit; nobody waits for a read's commit, and the Sync is still to come.
    }
  }

  /// The connection is lost: the reads that were on their way.
  func abandon() -> [PendingRead] {
    defer { expected = [] }
    connection.giveUp()
    return expected.compactMap { if case .read(let read) = $0 { read } else { nil } }
  }
}
