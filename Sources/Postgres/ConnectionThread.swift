import Foundation
import Logging

/// Runs calls one after another on a connection of its own, opened when the first call comes and
/// again whenever it broke.
final class ConnectionThread {
  private let configuration: PostgresConfiguration
  private let queue: LaneQueue
  private let interruption: Interruption
  private var connection: Connection?
  private var backoff = Backoff()

  private init(
    _ configuration: PostgresConfiguration, _ queue: LaneQueue, _ interruption: Interruption
  ) {
    self.configuration = configuration
    self.queue = queue
    self.interruption = interruption
  }

  /// Starts the thread; `ended` is called on it when the queue is closed and its last call done.
  static func start(
    number: Int, _ configuration: PostgresConfiguration, _ queue: LaneQueue,
    ended: @escaping @Sendable () -> Void
  ) throws {
    let interruption = try Interruption()
    let thread = Thread {
      ConnectionThread(configuration, queue, interruption).run()
      ended()
    }
    thread.name = "pg-\(number)"
    thread.stackSize = 1 << 20
    thread.start()
  }

  private func run() {
    while let job = queue.next() {
      perform(job, isFresh: false)
      // A connection that has answered just now needs no look whether it still stands.
      while let job = queue.next(blocks: false) { perform(job, isFresh: connection != nil) }
    }
  }

  private func perform(_ job: LaneJob, isFresh: Bool) {
    guard let connection = isFresh ? connection : connect(for: job),
      let body = job.begin(on: interruption)
    else { return }
    body(.success(connection))
    if connection.isBroken { self.connection = nil }
  }

  /// A working connection, or `nil` after failing the job.
  private func connect(for job: LaneJob) -> Connection? {
    if let connection, connection.probe() { return connection }
    connection = nil
    while true {
      guard job.isWaiting else { return nil }
      do {
        let deadline = min(job.acquireDeadline, .now + configuration.connectTimeout)
        let opened = try Connection(configuration, by: deadline, interruption: interruption)
        connection = opened
        backoff.reset()
        return opened
      } catch {
        let wait = backoff.next()
        let hopeless = (error as? PostgresError)?.isPermanent ?? false
        if hopeless || queue.isClosed || .now + wait >= job.acquireDeadline {
          job.fail(error)
          return nil
        }
        configuration.logger.warning(
          "postgres.connect.failed", metadata: ["error": "\(error)"])
        Thread.sleep(forTimeInterval: wait / .seconds(1))
      }
    }
  }
}

extension PostgresError {
  /// Trying to connect again cannot help: wrong password, no such database, a malformed address.
  var isPermanent: Bool {
    guard kind == .connection else { return true }
    let signs = [
      "authentication failed", "does not exist", "no pg_hba.conf entry",
      "invalid connection option",
      "missing \"=\"", "no password supplied", "version 14 or newer",
    ]
    return signs.contains { message.contains($0) }
  }
}
