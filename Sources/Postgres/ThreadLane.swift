import Dispatch
import Synchronization

/// How the connections that take writes and slow statements are used.
package struct PoolUse: Sendable {
  package var connections: Int
  package var busy: Int
  /// Calls that wait for a connection.
  package var waiting: Int

  static func + (one: PoolUse, other: PoolUse) -> PoolUse {
    PoolUse(
      connections: one.connections + other.connections, busy: one.busy + other.busy,
      waiting: one.waiting + other.waiting)
  }
}

/// The connections with a thread each: writes, transactions, and whatever may be slow.
final class ThreadLane: Sendable {
  private let configuration: PostgresConfiguration
  private let queue = LaneQueue()
  private let threads = DispatchGroup()
  private let busy = Atomic<Int>(0)

  init(_ configuration: PostgresConfiguration) { self.configuration = configuration }

  func start() throws {
    for number in 1...max(1, configuration.writeConnections) {
      threads.enter()
      try ConnectionThread.start(number: number, configuration, queue) { [threads] in
        threads.leave()
      }
    }
  }

  var use: PoolUse {
    PoolUse(
      connections: max(1, configuration.writeConnections), busy: busy.load(ordering: .relaxed),
      waiting: queue.count)
  }

  /// Waits for the calls under way.
  func close() async {
    queue.close()
    await withCheckedContinuation { continuation in
      threads.notify(queue: .global()) { continuation.resume() }
    }
  }

  /// Runs `body` on a connection's thread. `limit` begins when a connection is there.
  func run<T: Sendable>(
    _ limit: CallLimit, acquireTimeout: Duration,
    _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    let job = LaneJob(acquireDeadline: .now + acquireTimeout)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        job.arm { got in
          let outcome = got.flatMap { connection in
            self.perform(job, on: connection, limit, body)
          }
          continuation.resume(with: outcome)
        }
        queue.append(job)
      }
    } onCancel: {
      if job.cancel() { queue.noteAbandoned() }
    }
  }

  private func perform<T>(
    _ job: LaneJob, on connection: Connection, _ limit: CallLimit,
    _ body: (Connection) throws -> T
  ) -> Result<T, any Error> {
    busy.add(1, ordering: .relaxed)
    defer { busy.subtract(1, ordering: .relaxed) }
    let outcome = Result {
      try connection.start(limit.begin(), cancelFlag: job.cancelFlag)
      return try body(connection)
    }
    job.end()
    connection.reset()
    return outcome
  }
}
