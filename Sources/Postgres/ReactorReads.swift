import DequeModule
import Dispatch
import Logging
import Reactors

/// The pipelined reads of one reactor. Everything here happens on that reactor's thread.
final class ReactorReads: @unchecked Sendable {
  let reactor: Reactor
  private let configuration: PostgresConfiguration
  private var slots: [Slot]
  /// Reads for which no connection has room.
  private var waiting = Deque<PendingRead>()
  private var flushIsDue = false
  private var checkIsDue = false
  private var closing: (@Sendable () -> Void)?
  private var isClosed = false

  /// A place for one connection.
  private final class Slot {
    var pipeline: Pipeline?
    var isConnecting = false
    var backoff = Backoff()
  }

  init(_ configuration: PostgresConfiguration, on reactor: Reactor) {
    self.configuration = configuration
    self.reactor = reactor
    slots = (0..<max(1, configuration.readConnectionsPerReactor)).map { _ in Slot() }
  }

  func start() { for slot in slots { connect(slot) } }

  func submit(_ read: PendingRead, _ continuation: UnsafeContinuation<Rows, any Error>) {
    guard read.begin(continuation) else { return }
    // A reactor that has ended runs its work elsewhere.
    guard !isClosed, reactor.isCurrent else { return read.fail(PostgresError.poolClosed) }
    dispatch(read)
    checkLater()
  }

  private func dispatch(_ read: PendingRead) {
    guard read.isWanted else { return }
    guard let slot = slotWithRoom() else {
      waiting.append(read)
      for slot in slots where slot.pipeline == nil { connect(slot) }
      return
    }
    guard read.countSend() else {
      return read.fail(PostgresError(.connection, "the read failed with its connection too often"))
    }
    do {
      try slot.pipeline?.send(read)
      flushLater()
    } catch {
      read.fail(error)
      lose(slot, error)
    }
  }

  /// The connection that has begun this turn's batch until that is full, else the least busy one.
  private func slotWithRoom() -> Slot? {
    var best: Slot?
    var least = Pipeline.depthLimit
    for slot in slots {
      guard let pipeline = slot.pipeline, pipeline.inFlight < Pipeline.depthLimit else { continue }
      if pipeline.unsynced > 0 && pipeline.unsynced < Pipeline.batchLimit { return slot }
      if pipeline.inFlight < least {
        best = slot
        least = pipeline.inFlight
      }
    }
    return best
  }

  private func flushLater() {
    guard !flushIsDue else { return }
    flushIsDue = true
    reactor.atEndOfTurn { [self] in
      flushIsDue = false
      for slot in slots {
        do { try slot.pipeline?.flush() } catch { lose(slot, error) }
      }
    }
  }

  private func ready(_ slot: Slot, _ ready: Ready) {
    var again: [PendingRead] = []
    do {
      if ready.contains(.write) { try slot.pipeline?.flush() }
      try slot.pipeline?.receive(&again)
    } catch {
      lose(slot, error)
    }
    for read in again { dispatch(read) }
    while let read = waiting.first, !read.isWanted || slotWithRoom() != nil {
      waiting.removeFirst()
      dispatch(read)
    }
    endClosing()
  }

  /// Reads may be sent again on another connection: they change nothing.
  private func lose(_ slot: Slot, _ error: any Error) {
    guard let pipeline = slot.pipeline else { return }
    configuration.logger.warning("postgres.pipeline.lost", metadata: ["error": "\(error)"])
    slot.pipeline = nil
    pipeline.unwatch()
    for read in pipeline.abandon() { dispatch(read) }
    connect(slot)
  }

  // MARK: Connecting

  /// Off the reactor's thread: looking up a host name blocks.
  private func connect(_ slot: Slot) {
    guard !slot.isConnecting, slot.pipeline == nil, !isClosed else { return }
    slot.isConnecting = true
    nonisolated(unsafe) let slot = slot
    DispatchQueue.global().async { [self] in
      let outcome = Result {
        try Connection(
          configuration, by: .now + configuration.connectTimeout, readOnly: true)
      }
      nonisolated(unsafe) let opened = outcome
      reactor.execute { self.adopt(opened, for: slot) }
    }
  }

  private func adopt(_ outcome: Result<Connection, any Error>, for slot: Slot) {
    slot.isConnecting = false
    guard !isClosed, reactor.isCurrent else { return }
    do {
      let pipeline = try Pipeline(try outcome.get(), on: reactor)
      try pipeline.watch { [self] in ready(slot, $0) }
      slot.pipeline = pipeline
      slot.backoff.reset()
      let reads = waiting
      waiting = []
      for read in reads { dispatch(read) }
    } catch {
      configuration.logger.warning("postgres.connect.failed", metadata: ["error": "\(error)"])
      if (error as? PostgresError)?.isPermanent ?? true { failWaiting(with: error) }
      nonisolated(unsafe) let slot = slot
      reactor.schedule(after: slot.backoff.next()) { self.connect(slot) }
    }
  }

  private func failWaiting(with error: any Error) {
    let reads = waiting
    waiting = []
    for read in reads { read.fail(error) }
  }

  // MARK: Deadlines

  private func checkLater() {
    guard !checkIsDue else { return }
    checkIsDue = true
    reactor.schedule(after: min(.seconds(1), configuration.readTimeout / 4)) { self.check() }
  }

  private func check() {
    checkIsDue = false
    let now = ContinuousClock.now
    let late = PostgresError(.timeout, "the read was not done in time")
    while let read = waiting.first, !read.isWanted || read.deadline <= now {
      waiting.removeFirst()
      read.fail(PostgresError(.timeout, "no database connection became free in time"))
    }
    for slot in slots {
      slot.pipeline?.failOverdue(at: now, with: late)
      // The server ends a slow read by itself (statement_timeout); one that does not is stuck.
      if let oldest = slot.pipeline?.oldestDeadline, oldest + configuration.cancelGrace <= now {
        lose(slot, late)
      }
    }
    endClosing()
    if !waiting.isEmpty || slots.contains(where: { ($0.pipeline?.inFlight ?? 0) > 0 }) {
      checkLater()
    }
  }

  // MARK: Closing

  /// Calls `done` once the reads on their way are answered, or late.
  func close(_ done: @escaping @Sendable () -> Void) {
    guard !isClosed, reactor.isCurrent else { return done() }
    isClosed = true
    closing = done
    failWaiting(with: PostgresError.poolClosed)
    endClosing()
  }

  private func endClosing() {
    guard isClosed, let done = closing else { return }
    guard slots.allSatisfy({ ($0.pipeline?.inFlight ?? 0) == 0 }) else { return }
    closing = nil
    for slot in slots {
      slot.pipeline?.unwatch()
      slot.pipeline = nil
    }
    done()
  }
}
