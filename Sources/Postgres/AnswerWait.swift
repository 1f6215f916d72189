import CLibpq
import Glibc

/// Waits for the answer to what was sent on a connection: until the deadline or the caller's
/// cancellation, then asks the server to stop, then gives the connection up.
struct AnswerWait {
  let connection: OpaquePointer
  var deadline: ContinuousClock.Instant
  let grace: Duration
  let interruption: Interruption?
  let cancelFlag: CancelFlag?
  /// The server answered neither the statement nor the cancel request.
  private(set) var gaveUp = false
  private var reason: (any Error)?

  init(
    connection: OpaquePointer, deadline: ContinuousClock.Instant, grace: Duration,
    interruption: Interruption?, cancelFlag: CancelFlag?
  ) {
    self.connection = connection
    self.deadline = deadline
    self.grace = grace
    self.interruption = interruption
    self.cancelFlag = cancelFlag
  }

  /// The last result of the statement, all of it read.
  mutating func answer() throws -> QueryResult {
    var last: QueryResult?
    var failure: PostgresError?
    var flushing = true
    while true {
      if flushing {
        let state = PQflush(connection)
        if state < 0 { throw PostgresError(connection: connection) }
        flushing = state == 1
      }
      while PQisBusy(connection) == 0 {
        guard let raw = PQgetResult(connection) else { return try finish(last, failure) }
        let result = QueryResult(raw)
        failure = failure ?? result.error
        last = result
        switch result.status {
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
          throw giveUp(because: PostgresError(.server, "copy is not supported here"))
        default: break
        }
      }
      try waitForServer(flushing: flushing)
      if PQconsumeInput(connection) == 0 { throw PostgresError(connection: connection) }
    }
  }

  private func finish(_ last: QueryResult?, _ failure: PostgresError?) throws -> QueryResult {
    if let failure {
      // What was asked to stop says so in the caller's words; 57014 is query_canceled.
      if failure.sqlState == "57014", let reason { throw reason }
      throw failure
    }
    guard let last else { throw PostgresError(connection: connection) }
    return last
  }

  /// Returns when the socket is ready, having asked for a cancel where one was due.
  private mutating func waitForServer(flushing: Bool) throws {
    let events = flushing ? POLLIN | POLLOUT : POLLIN
    let server = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
    // A negative descriptor is passed over by `poll`.
    let caller = pollfd(
      fd: reason == nil ? interruption?.descriptor ?? -1 : -1, events: Int16(POLLIN), revents: 0)
    try withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { polled in
      polled.initializeElement(at: 0, to: server)
      polled.initializeElement(at: 1, to: caller)
      try wait(polled)
    }
  }

  private mutating func wait(_ polled: UnsafeMutableBufferPointer<pollfd>) throws {
    guard let first = polled.baseAddress else { return }
    while true {
      if reason == nil, cancelFlag?.isSet == true { try stop(because: CancellationError()) }
      guard SocketWait.wait(first, polled.count, until: deadline) else {
        if let reason { throw giveUp(because: reason) }
        try stop(because: PostgresError(.timeout, "the statement was not done in time"))
        continue
      }
      if polled[1].revents != 0 {
        interruption?.drain()
        polled[1].revents = 0
        if polled[0].revents == 0 { continue }
      }
      return
    }
  }

  private mutating func stop(because error: any Error) throws {
    reason = error
    guard CancelRequest.send(to: connection, within: grace) else { throw giveUp(because: error) }
    deadline = .now + grace
  }

  private mutating func giveUp(because error: any Error) -> any Error {
    shutdown(PQsocket(connection), Int32(SHUT_RDWR))
    gaveUp = true
    return error
  }
}
