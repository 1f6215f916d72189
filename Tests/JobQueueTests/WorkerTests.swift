import Foundation
import JobQueue
import Postgres
import TestSupport
import Testing

@Suite struct WorkerTests {
  let store = JobStore()

  @Test func `a job runs once with its arguments and ends completed`() async throws {
    let database = try await TestDatabase.make()
    let record = Record()
    let worker = RunningWorker.start(database.pool) { note, _ in record.add(note.text) }
    let id = try await store.enqueue(Note(text: "Grüße"), in: database.pool)
    let job = try await database.pool.waitForJob(id, toBe: .completed)
    #expect(record.all == ["Grüße"])
    #expect(job.attempt == 1)
    await worker.stop()
    await database.close()
  }

  @Test func `a rolled back transaction leaves no job`() async throws {
    let database = try await TestDatabase.make()
    struct Refused: Error {}
    await #expect(throws: Refused.self) {
      try await database.pool.transaction { connection in
        try store.enqueue(Note(), on: connection)
        throw Refused()
      }
    }
    #expect(try await database.pool.read("select 1 from jobs").isEmpty)
    await database.close()
  }

  @Test func `a failed job is retried and its errors are kept`() async throws {
    let database = try await TestDatabase.make()
    struct Broken: Error {}
    let worker = RunningWorker.start(database.pool) { _, context in
      if context.job.attempt < 3 { throw Broken() }
    }
    let id = try await store.enqueue(Note(), in: database.pool)
    let job = try await database.pool.waitForJob(id, toBe: .completed)
    #expect(job.attempt == 3)
    #expect(job.errorText.components(separatedBy: "Broken").count == 3)
    await worker.stop()
    await database.close()
  }

  @Test func `the last failed attempt leaves a dead letter`() async throws {
    let database = try await TestDatabase.make()
    struct Broken: Error {}
    let worker = RunningWorker.start(database.pool) { _, _ in throw Broken() }
    let id = try await store.enqueue(
      Note(), in: database.pool, options: JobOptions(maxAttempts: 2))
    let job = try await database.pool.waitForJob(id, toBe: .discarded)
    #expect(job.attempt == 2)
    await worker.stop()
    await database.close()
  }

  private struct Haul: JobKind { static let kind = "haul" }

  @Test func `long jobs leave half of a worker to quick ones, and all get their turn`()
    async throws
  {
    let database = try await TestDatabase.make()
    let record = Record()
    let (mayEnd, end) = AsyncStream.makeStream(of: Void.self)
    var registry = JobRegistry()
    registry.register(Haul.self, isLong: true) { _, context in
      record.add("began \(context.job.id)")
      for await _ in mayEnd { break }
    }
    registry.register(Note.self) { _, _ in }
    var (hauls, notes): ([Int64?], [Int64?]) = ([], [])
    for _ in 0..<6 {
      let urgent = JobOptions(priority: 1)
      hauls.append(try await store.enqueue(Haul(), in: database.pool, options: urgent))
    }
    for _ in 0..<8 { notes.append(try await store.enqueue(Note(), in: database.pool)) }
    let worker = Worker(
      pool: database.pool, registry: registry, configuration: WorkerConfiguration(concurrency: 4))
    let running = RunningWorker(worker: worker, task: Task { try await worker.run() })
    for note in notes { _ = try await database.pool.waitForJob(note, toBe: .completed) }
    #expect(record.all.count == 2)
    for _ in hauls { end.yield() }
    for haul in hauls { _ = try await database.pool.waitForJob(haul, toBe: .completed) }
    #expect(record.all.count == 6)
    await running.stop()
    await database.close()
  }

  @Test func `a snooze costs no attempt`() async throws {
    let database = try await TestDatabase.make()
    let record = Record()
    let worker = RunningWorker.start(database.pool) { _, context in
      record.add("attempt \(context.job.attempt)")
      if record.all.count < 3 { throw JobInstruction.snooze(for: .milliseconds(20)) }
    }
    let id = try await store.enqueue(
      Note(), in: database.pool, options: JobOptions(maxAttempts: 1))
    _ = try await database.pool.waitForJob(id, toBe: .completed)
    #expect(record.all == ["attempt 1", "attempt 1", "attempt 1"])
    await worker.stop()
    await database.close()
  }

  @Test func `a job that cancels itself keeps its reason`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool) { _, _ in
      throw JobInstruction.cancel("the project is gone")
    }
    let id = try await store.enqueue(Note(), in: database.pool)
    let job = try await database.pool.waitForJob(id, toBe: .cancelled)
    #expect(job.errorText.contains("the project is gone"))
    await worker.stop()
    await database.close()
  }

  @Test func `a job that takes too long is stopped and fails`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool, timeout: .milliseconds(50)) { _, _ in
      try await Task.sleep(for: .seconds(60))
    }
    let id = try await store.enqueue(
      Note(), in: database.pool, options: JobOptions(maxAttempts: 1))
    let job = try await database.pool.waitForJob(id, toBe: .discarded)
    #expect(job.errorText.contains("not done within"))
    await worker.stop()
    await database.close()
  }

  @Test func `arguments that cannot be read make a dead letter at once`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool) { _, _ in }
    let id = try await database.pool.query(
      """
      insert into jobs (kind, arguments, state) values ('note', '{"text": 1}', 'available')
      returning id
      """
    )[0].int64("id")
    let job = try await database.pool.waitForJob(id, toBe: .discarded)
    #expect(job.errorText.contains("cannot be read"))
    await worker.stop()
    await database.close()
  }

  @Test func `a running job is cancelled on request`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool) { _, _ in
      try await Task.sleep(for: .seconds(60))
    }
    let id = try #require(try await store.enqueue(Note(), in: database.pool))
    _ = try await database.pool.waitForJob(id, toBe: .running)
    #expect(try await database.pool.transaction { try JobStore().cancel(id, on: $0) })
    _ = try await database.pool.waitForJob(id, toBe: .cancelled)
    await worker.stop()
    await database.close()
  }

  @Test func `a worker that ends puts its unfinished jobs back`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool) { _, _ in
      try await Task.sleep(for: .seconds(60))
    }
    let id = try await store.enqueue(Note(), in: database.pool)
    _ = try await database.pool.waitForJob(id, toBe: .running)
    await worker.stop()
    let job = try await database.pool.job(id)
    #expect(job.state == .available)
    #expect(job.attempt == 0)
    await database.close()
  }

  @Test func `a job can complete in the transaction of its effect`() async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool) { _, context in
      try await context.pool.transaction { connection in
        try connection.query("insert into products (name, slug) values ('A', 'a')")
        try context.complete(on: connection)
      }
    }
    let id = try await store.enqueue(Note(), in: database.pool)
    _ = try await database.pool.waitForJob(id, toBe: .completed)
    #expect(try await database.pool.read("select 1 from products").count == 1)
    await worker.stop()
    await database.close()
  }
}
