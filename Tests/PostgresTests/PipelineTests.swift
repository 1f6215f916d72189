import Foundation
import Glibc
import Postgres
import Reactors
import TestSupport
import Testing

@Suite struct PipelineTests {
  static let echo: Statement = "select $1::bigint as n"
  static let divide: Statement = "select 10 / $1::bigint as n"

  /// Many reads at once, on a reactor or off it.
  func readMany(_ pool: PostgresPool, _ count: Int, on executor: (any TaskExecutor)?) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<count {
        group.addTask(executorPreference: executor) {
          do {
            let divides = number % 5 == 0
            let rows = try await pool.read(divides ? Self.divide : Self.echo, divides ? 0 : number)
            return try !divides && rows[0].int("n") == number
          } catch let error as PostgresError {
            return number % 5 == 0 && error.sqlState == "22012"
          } catch {
            return false
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  @Test(arguments: [true, false])
  func `each of many reads gets its own answer, errors among them`(_ onReactor: Bool) async throws {
    let database = try await TestDatabase.make()
    let reactor = try TestDatabase.reactors.get().next()
    let right = await readMany(database.pool, 2000, on: onReactor ? reactor : nil)
    #expect(right == 2000)
    await database.close()
  }

  @Test func `a statement that cannot be prepared fails alone`() async throws {
    let database = try await TestDatabase.make()
    let reactor = try TestDatabase.reactors.get().next()
    let answers = await withTaskGroup(of: String?.self) { group in
      for number in 0..<60 {
        group.addTask(executorPreference: reactor) {
          let statement: Statement = number % 3 == 0 ? "select nonsense" : "select 1 as n"
          do {
            _ = try await database.pool.read(statement)
            return nil
          } catch {
            return (error as? PostgresError)?.sqlState
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count { $0 == "42703" } == 20)
    #expect(answers.count { $0 == nil } == 40)
    await database.close()
  }

  @Test func `a read cannot write`() async throws {
    let database = try await TestDatabase.make()
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.read("insert into products (name, slug) values ('A', 'a')")
    }
    #expect(error?.sqlState == "25006")
    await database.close()
  }

  @Test func `reads go on when their backends are killed`() async throws {
    let database = try await TestDatabase.make()
    _ = await readMany(database.pool, 10, on: nil)
    try await database.pool.query(
      """
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
      """)
    #expect(await readMany(database.pool, 500, on: nil) == 500)
    await database.close()
  }

  @Test func `a read on a stopped backend ends in time, and later reads work`() async throws {
    let database = try await TestDatabase.make {
      $0.readTimeout = .milliseconds(300)
      $0.cancelGrace = .milliseconds(300)
      $0.readConnectionsPerReactor = 1
    }
    let reactor = try TestDatabase.reactors.get().next()
    let pool = database.pool
    let backend = pid_t(
      try await Task(executorPreference: reactor) {
        try await pool.read("select pg_backend_pid() as pid")[0].int32("pid")
      }.value)
    kill(backend, SIGSTOP)
    let error = await #expect(throws: PostgresError.self) {
      _ = try await Task(executorPreference: reactor) { try await pool.read("select 1") }.value
    }
    #expect(error?.kind == .timeout)
    try await eventually("reads work again") {
      let rows = try? await Task(executorPreference: reactor) { try await pool.read("select 1") }
        .value
      return rows?.count == 1
    }
    kill(backend, SIGCONT)
    await database.close()
  }

  @Test func `a slow read is ended by the server and its mates are answered`() async throws {
    let database = try await TestDatabase.make {
      $0.readTimeout = .milliseconds(400)
      $0.readConnectionsPerReactor = 1
    }
    let reactor = try TestDatabase.reactors.get().next()
    let pool = database.pool
    let slow = Task(executorPreference: reactor) { try await pool.read("select pg_sleep(30)") }
    let error = await #expect(throws: PostgresError.self) { try await slow.value }
    #expect(error?.kind == .timeout)
    try await eventually("reads work again") { (try? await pool.read("select 1"))?.count == 1 }
    await database.close()
  }

  @Test func `a cancelled caller does not wait`() async throws {
    let database = try await TestDatabase.make()
    let pool = database.pool
    let task = Task { try await pool.read("select pg_sleep(1)") }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await pool.read("select 1").count == 1)
    await database.close()
  }

  @Test func `a table that gained a column is read again without an error`() async throws {
    let database = try await TestDatabase.make()
    try await database.pool.query("create table things (a int)")
    try await database.pool.query("insert into things values (1)")
    let all: Statement = "select * from things"
    for _ in 0..<8 { _ = try await database.pool.read(all) }
    try await database.pool.query("alter table things add b int default 2")
    for _ in 0..<8 {
      #expect(try await database.pool.read(all)[0].int("b") == 2)
      #expect(try await database.pool.query(all)[0].int("b") == 2)
    }
    await database.close()
  }

  @Test func `more different statements than are kept prepared still work`() async throws {
    let database = try await TestDatabase.make { $0.readConnectionsPerReactor = 1 }
    for number in 0..<1200 {
      let rows = try await database.pool.read(Statement("select \(number) as n, $1::text"), "x")
      #expect(try rows[0].int("n") == number)
    }
    await database.close()
  }
}
