import Foundation
import JobQueue
import Postgres

/// How many jobs that do nothing the queue takes in and settles.
enum JobLoad {
  struct Nothing: JobKind {
    static let kind = "nothing"
  }

  static let count = 10_000

  static func run(_ pool: PostgresPool) async throws {
    let migrations = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "migrations")
    _ = try await Migrator(directory: migrations).migrate(pool.configuration)
    let enqueueing = ContinuousClock.now
    for _ in 0..<10 {
      try await pool.transaction { connection in
        let options = JobOptions(notifies: false)
        for _ in 0..<count / 10 {
          try JobStore().enqueue(Nothing(), on: connection, options: options)
        }
      }
    }
    let enqueued = (ContinuousClock.now - enqueueing) / .seconds(1)

    var registry = JobRegistry()
    registry.register(Nothing.self) { _, _ in }
    var configuration = WorkerConfiguration(concurrency: 32)
    configuration.drainTimeout = .seconds(1)
    let worker = Worker(pool: pool, registry: registry, configuration: configuration)
    let working = ContinuousClock.now
    let task = Task { try await worker.run() }
    let left: Statement = "select count(*) from jobs where state <> 'completed'"
    while try await pool.read(left)[0].int(0) > 0 { try await Task.sleep(for: .milliseconds(20)) }
    let worked = (ContinuousClock.now - working) / .seconds(1)
    task.cancel()
    try await task.value
    print(
      String(
        format: "jobs: %.0f enqueued/s in transactions of %d, %.0f done/s by 32 at once",
        Double(count) / enqueued, count / 10, Double(count) / worked))
  }
}
