import Foundation
import JobQueue
import Logging
import Postgres
import Synchronization
import TestSupport

struct Note: JobKind, Equatable {
  static let kind = "note"
  var text = "hello"
}

/// What jobs did, seen from the test.
final class Record: Sendable {
  private let entries = Mutex<[String]>([])
  var all: [String] { entries.withLock { $0 } }
  func add(_ entry: String) { entries.withLock { $0.append(entry) } }
}

/// A worker that runs beside a test.
struct RunningWorker {
  let worker: Worker
  let task: Task<Void, any Error>

  static func start(
    _ pool: PostgresPool, periodic: [PeriodicJob] = [], timeout: Duration = .seconds(60),
    configure: (inout WorkerConfiguration) -> Void = { _ in },
    perform: @escaping @Sendable (Note, JobContext) async throws -> Void
  ) -> RunningWorker {
    var policy = RetryPolicy()
    policy.unit = .milliseconds(10)
    var registry = JobRegistry()
    registry.register(Note.self, timeout: timeout, retryPolicy: policy, perform: perform)
    var configuration = WorkerConfiguration(concurrency: 4)
    configuration.pollInterval = .milliseconds(50)
    configuration.heartbeatInterval = .milliseconds(100)
    configuration.rescueAfter = .seconds(1)
    configuration.rescueInterval = .milliseconds(100)
    configuration.drainTimeout = .milliseconds(100)
    configuration.logger.logLevel = .critical
    configure(&configuration)
    let worker = Worker(
      pool: pool, registry: registry, periodic: periodic, configuration: configuration)
    return RunningWorker(worker: worker, task: Task { try await worker.run() })
  }

  func stop() async {
    task.cancel()
    _ = try? await task.value
  }
}

extension PostgresPool {
  func job(_ id: Int64?) async throws -> Job {
    guard let id, let job = try await JobStore().find(id, in: self) else {
      throw NeverHappened(description: "a job that was enqueued is gone")
    }
    return job
  }

  func waitForJob(_ id: Int64?, toBe state: Job.State) async throws -> Job {
    try await eventually("job \(id ?? 0) is \(state)") { try await job(id).state == state }
    return try await job(id)
  }
}

extension Job {
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}
