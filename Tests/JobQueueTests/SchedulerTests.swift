import TestSupport
import Testing

@testable import JobQueue
@testable import Postgres

@Suite struct SchedulerTests {
  @Test func `who began to look before another took the turn does not take it again`() async throws
  {
    let database = try await TestDatabase.make()
    let early = try Connection(database.pool.configuration, by: .now + .seconds(60))
    try early.execute("begin")
    try early.query("select now()")
    #expect(try await !database.pool.query(Scheduler.takeTurn, "tick", 300.0).isEmpty)
    #expect(try early.query(Scheduler.takeTurn, "tick", 300.0).isEmpty)
    try early.execute("commit")
    // A shorter interval holds at once.
    #expect(try await !database.pool.query(Scheduler.takeTurn, "tick", 3.0).isEmpty)
    #expect(try await database.pool.query(Scheduler.takeTurn, "tick", 3.0).isEmpty)
    await database.close()
  }
}
