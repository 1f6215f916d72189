import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct DeadlineTests {
  @Test func `a slow statement is stopped in the server at its deadline`() async throws {
    let database = try await TestDatabase.make()
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.query(
        "select pg_sleep(600), 'deadline'", timeout: .milliseconds(200))
    }
    #expect(error?.kind == .timeout)
    #expect(try await isRunning("pg_sleep(600), 'deadline'", in: database) == false)
    await database.close()
  }

  @Test func `a statement on a stopped backend ends in time, and the pool goes on`() async throws {
    let database = try await TestDatabase.make {
      $0.writeConnections = 1
      $0.cancelGrace = .milliseconds(200)
    }
    let backend = pid_t(
      try await database.pool.query("select pg_backend_pid() as pid")[0].int32("pid"))
    kill(backend, SIGSTOP)
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.query("select 1", timeout: .milliseconds(200))
    }
    #expect(error?.kind == .timeout)
    #expect(try await database.pool.query("select 1").count == 1)
    kill(backend, SIGCONT)
    await database.close()
  }

  @Test func `cancelling the task stops the statement in the server`() async throws {
    let database = try await TestDatabase.make()
    let task = Task { try await database.pool.query("select pg_sleep(600), 'cancelled'") }
    try await eventually("it runs") {
      try await isRunning("pg_sleep(600), 'cancelled'", in: database)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await eventually("it does not run any more") {
      try await !isRunning("pg_sleep(600), 'cancelled'", in: database)
    }
    await database.close()
  }

  @Test func `a transaction has one deadline and is rolled back at it`() async throws {
    let database = try await TestDatabase.make()
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction(timeout: .milliseconds(300)) { connection in
        try connection.query("insert into products (name, slug) values ('A', 'a')")
        for _ in 0..<100 { try connection.query("select pg_sleep(0.1)") }
      }
    }
    #expect(error?.kind == .timeout)
    #expect(try await database.pool.read("select 1 from products").isEmpty)
    await database.close()
  }

  @Test func `waiting for a connection ends in time`() async throws {
    let database = try await TestDatabase.make {
      $0.writeConnections = 1
      $0.acquireTimeout = .milliseconds(200)
    }
    let holder = Task { try await database.pool.query("select pg_sleep(30), 'holder'") }
    try await eventually("it runs") { try await isRunning("'holder'", in: database) }
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.query("select 1")
    }
    #expect(error?.kind == .timeout)
    #expect(error?.message.contains("became free") == true)
    holder.cancel()
    _ = await holder.result
    await database.close()
  }

  @Test func `a timeout longer than the usual one holds in the server too`() async throws {
    let database = try await TestDatabase.make { $0.statementTimeout = .seconds(1) }
    let row = try await database.pool.query("show statement_timeout", timeout: .seconds(60))[0]
    #expect(try row.text(0) == "65s" || row.text(0).hasPrefix("64"))
    #expect(try await database.pool.query("show statement_timeout")[0].text(0) == "6s")
    await database.close()
  }

  func isRunning(_ text: String, in database: TestDatabase) async throws -> Bool {
    try await !database.pool.read(
      """
      select 1 from pg_stat_activity where datname = current_database() and state = 'active'
        and pid <> pg_backend_pid() and query like '%' || $1::text || '%'
      """, text
    ).isEmpty
  }
}
