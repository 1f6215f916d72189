import Foundation
import JobQueue
import Postgres
import TestSupport
import Testing

@Suite struct QueueTests {
  let store = JobStore()

  @Test func `a unique key lets one live job in`() async throws {
    let database = try await TestDatabase.make()
    let options = JobOptions(uniqueKey: "sync:1")
    let first = try await store.enqueue(Note(), in: database.pool, options: options)
    #expect(first != nil)
    #expect(try await store.enqueue(Note(), in: database.pool, options: options) == nil)
    let worker = RunningWorker.start(database.pool) { _, _ in }
    _ = try await database.pool.waitForJob(first, toBe: .completed)
    #expect(try await store.enqueue(Note(), in: database.pool, options: options) != nil)
    await worker.stop()
    await database.close()
  }

  @Test(arguments: [(JobOptions.UniqueUntil.started, true), (.finished, false)])
  func `a running job shuts a second one out only until it is finished`(
    _ until: JobOptions.UniqueUntil, _ enters: Bool
  ) async throws {
    let database = try await TestDatabase.make()
    let worker = RunningWorker.start(database.pool, configure: { $0.concurrency = 1 }) { _, _ in
      try await Task.sleep(for: .seconds(60))
    }
    let options = JobOptions(uniqueKey: "link:1", uniqueUntil: until)
    let first = try await store.enqueue(Note(), in: database.pool, options: options)
    _ = try await database.pool.waitForJob(first, toBe: .running)
    let second = try await store.enqueue(Note(), in: database.pool, options: options)
    #expect((second != nil) == enters)
    await worker.stop()
    // Put back behind a waiting one of its key, the first is superseded.
    #expect(try await database.pool.job(first).state == (enters ? .cancelled : .available))
    await database.close()
  }

  @Test func `urgent jobs run first, then older ones`() async throws {
    let database = try await TestDatabase.make()
    for (text, priority) in [("c", 3), ("a", 1), ("d", 3), ("b", 2)] {
      let options = JobOptions(priority: priority)
      try await store.enqueue(Note(text: text), in: database.pool, options: options)
    }
    let record = Record()
    let worker = RunningWorker.start(database.pool, configure: { $0.concurrency = 1 }) {
      note, _ in record.add(note.text)
    }
    try await eventually("all ran") { record.all.count == 4 }
    #expect(record.all == ["a", "b", "c", "d"])
    await worker.stop()
    await database.close()
  }

  @Test func `a scheduled job waits for its time`() async throws {
    let database = try await TestDatabase.make()
    let record = Record()
    let worker = RunningWorker.start(database.pool) { note, _ in record.add(note.text) }
    let due = Date.now + 0.4
    try await store.enqueue(
      Note(text: "later"), in: database.pool, options: JobOptions(scheduledAt: due))
    try await store.enqueue(Note(text: "now"), in: database.pool)
    try await eventually("both ran") { record.all.count == 2 }
    #expect(record.all == ["now", "later"])
    #expect(Date.now >= due)
    await worker.stop()
    await database.close()
  }

  @Test func `a dead letter can be run again`() async throws {
    let database = try await TestDatabase.make()
    struct Broken: Error {}
    let worker = RunningWorker.start(database.pool) { _, context in
      if context.job.attempt == 1 { throw Broken() }
    }
    let options = JobOptions(maxAttempts: 1)
    let id = try #require(try await store.enqueue(Note(), in: database.pool, options: options))
    _ = try await database.pool.waitForJob(id, toBe: .discarded)
    #expect(try await database.pool.transaction { try JobStore().retry(id, on: $0) })
    _ = try await database.pool.waitForJob(id, toBe: .completed)
    await worker.stop()
    await database.close()
  }

  @Test func `several workers share the work and do each job once`() async throws {
    let database = try await TestDatabase.make()
    let record = Record()
    let workers = (0..<3).map { _ in
      RunningWorker.start(database.pool) { note, _ in record.add(note.text) }
    }
    try await database.pool.transaction { connection in
      for number in 0..<200 { try JobStore().enqueue(Note(text: "\(number)"), on: connection) }
    }
    try await eventually("all are completed") {
      try await database.pool.read("select 1 from jobs where state <> 'completed'").isEmpty
    }
    #expect(record.all.count == 200)
    #expect(Set(record.all).count == 200)
    for worker in workers { await worker.stop() }
    await database.close()
  }

  @Test func `jobs of a silent worker are given to another`() async throws {
    let database = try await TestDatabase.make()
    let ids = try await database.pool.query(
      """
      insert into jobs (kind, arguments, state, attempt, max_attempts, worker, heartbeat_at)
      select 'note', '{"text": "rescued"}', 'running', 1, attempts, 'dead:1:1', now()
      from unnest('{1,2}'::int[]) attempts returning id
      """
    ).map { try $0.int64("id") }
    let record = Record()
    let worker = RunningWorker.start(database.pool) { note, _ in record.add(note.text) }
    let last = try await database.pool.waitForJob(ids[0], toBe: .discarded)
    #expect(last.errorText.contains("was not heard of"))
    let job = try await database.pool.waitForJob(ids[1], toBe: .completed)
    #expect(job.attempt == 2)
    #expect(record.all == ["rescued"])
    await worker.stop()
    await database.close()
  }

  @Test func `a periodic job runs again and again, once for all processes`() async throws {
    let database = try await TestDatabase.make()
    let record = Record()
    let periodic = [PeriodicJob("tick", every: .milliseconds(300)) { Note(text: "tick") }]
    let began = ContinuousClock.now
    let workers = (0..<2).map { _ in
      RunningWorker.start(database.pool, periodic: periodic) { note, _ in record.add(note.text) }
    }
    try await eventually("it ran three times") { record.all.count >= 3 }
    #expect(ContinuousClock.now - began >= .milliseconds(600))
    for worker in workers { await worker.stop() }
    await database.close()
  }

  @Test func `ended jobs are pruned, dead letters kept longer`() async throws {
    let database = try await TestDatabase.make()
    try await database.pool.query(
      """
      insert into jobs (kind, arguments, state, finalized_at)
      select 'note', '{}', state, now() - interval '2 days'
      from unnest('{completed,cancelled,discarded}'::text[]) state
      """)
    let worker = RunningWorker.start(database.pool) { _, _ in }
    try await eventually("the completed one is gone") {
      try await database.pool.read("select 1 from jobs").count == 2
    }
    await worker.stop()
    await database.close()
  }
}
