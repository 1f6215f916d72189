import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// Whether an error leaves open that a change was made.
@Suite struct OutcomeTests {
  /// Makes every commit of an insertion into `notes` run `body` at its end.
  private func database(atCommit body: String) async throws -> TestDatabase {
    let database = try await TestDatabase.makeEmpty {
      $0.writeConnections = 1
      $0.cancelGrace = .milliseconds(200)
    }
    for sql in [
      "create table notes (n int)",
      "create function at_commit() returns trigger language plpgsql as $$ begin \(body); return null; end $$",
      """
      create constraint trigger notes_commit after insert on notes deferrable initially deferred
      for each row execute function at_commit()
      """,
    ] {
      try await database.pool.query(Statement(sql))
    }
    // So that `commit` is prepared already: one whose preparation is lost was never sent.
    try await database.pool.transaction { _ = try $0.query("select 1") }
    return database
  }

  @Test func `a backend that dies in a commit leaves the outcome open`() async throws {
    let database = try await database(atCommit: "perform pg_terminate_backend(pg_backend_pid())")
    let ofTransaction = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { try $0.query("insert into notes values (1)") }
    }
    #expect(ofTransaction?.isOutcomeUnknown == true)
    #expect(ofTransaction?.kind == .connection)
    let ofStatement = await #expect(throws: PostgresError.self) {
      try await database.pool.query("insert into notes values (1)")
    }
    #expect(ofStatement?.isOutcomeUnknown == true)
    #expect("\(try #require(ofStatement))".contains("not known whether"))
    await database.close()
  }

  @Test func `a commit that is not answered in time leaves the outcome open`() async throws {
    let database = try await database(atCommit: "perform 1")
    let backend = pid_t(
      try await database.pool.query("select pg_backend_pid() as pid")[0].int32("pid"))
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction(timeout: .milliseconds(300)) { connection in
        try connection.query("insert into notes values (1)")
        kill(backend, SIGSTOP)
      }
    }
    #expect(error?.isOutcomeUnknown == true)
    #expect(error?.kind == .timeout)
    kill(backend, SIGCONT)
    await database.close()
  }

  @Test func `a caller that leaves during a commit which nobody answers is told so`() async throws {
    let database = try await database(atCommit: "perform 1")
    let backend = pid_t(
      try await database.pool.query("select pg_backend_pid() as pid")[0].int32("pid"))
    let task = Task {
      try await database.pool.transaction { connection in
        try connection.query("insert into notes values (1)")
        kill(backend, SIGSTOP)
      }
    }
    try await eventually("the backend is stopped") {
      let state = try String(contentsOfFile: "/proc/\(backend)/stat", encoding: .utf8)
      return state.split(separator: " ").dropFirst(2).first == "T"
    }
    task.cancel()
    // Not a `CancellationError`, which would say that nothing was done. When the cancellation came
    // before the commit was sent, nothing was.
    do {
      try await task.value
      Issue.record("a stopped backend cannot commit")
    } catch let error as PostgresError {
      #expect(error.isOutcomeUnknown)
    } catch {
      #expect(error is CancellationError)
    }
    kill(backend, SIGCONT)
    await database.close()
  }

  @Test(arguments: [
    "perform 1 / 0",  // the server refuses the commit
    "perform pg_sleep(30)",  // the server is told to stop, and stops
  ])
  func `a commit that the server refused changed nothing, and the error says no more`(
    _ atCommit: String
  ) async throws {
    let database = try await database(atCommit: atCommit)
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction(timeout: .milliseconds(500)) {
        try $0.query("insert into notes values (1)")
      }
    }
    #expect(error?.isOutcomeUnknown == false)
    #expect(try await database.pool.query("select 1 from notes").isEmpty)
    await database.close()
  }

  @Test func `what breaks before the commit changed nothing`() async throws {
    let database = try await database(atCommit: "perform 1")
    let inTransaction = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { connection in
        try connection.query("insert into notes values (1)")
        try connection.query("select pg_terminate_backend(pg_backend_pid())")
      }
    }
    #expect(inTransaction?.kind == .connection)
    #expect(inTransaction?.isOutcomeUnknown == false)
    let ofSelect = await #expect(throws: PostgresError.self) {
      try await database.pool.query("select pg_terminate_backend(pg_backend_pid())")
    }
    #expect(ofSelect?.isOutcomeUnknown == false)
    #expect(try await database.pool.query("select 1 from notes").isEmpty)
    await database.close()
  }
}
