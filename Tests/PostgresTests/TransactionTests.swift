import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct TransactionTests {
  @Test func `a constraint that fails at commit is thrown with its name`() async throws {
    let database = try await TestDatabase.make()
    try await database.pool.query(
      "create table pairs (n int constraint pairs_n_unique unique deferrable initially deferred)")
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { connection in
        try connection.query("insert into pairs values (1), (1)")
      }
    }
    #expect(error?.isUniqueViolation(constraint: "pairs_n_unique") == true)
    #expect(error?.table == "pairs")
    #expect(error?.detail == "Key (n)=(1) already exists.")
    #expect(try await database.pool.read("select 1 from pairs").isEmpty)
    await database.close()
  }

  @Test func `a swallowed error does not pass for a commit`() async throws {
    let database = try await TestDatabase.make()
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { connection in
        try connection.query("insert into products (name, slug) values ('A', 'a')")
        _ = try? connection.query("select 1 / 0")
      }
    }
    #expect(error?.sqlState == "25P02")
    #expect(try await database.pool.read("select 1 from products").isEmpty)
    await database.close()
  }

  @Test func `a serialization failure is run again once`() async throws {
    let database = try await TestDatabase.make()
    let counter = Counter()
    try await database.pool.transaction { connection in
      if counter.next() == 1 {
        try connection.execute(
          "do $$ begin raise exception 'lost' using errcode = 'serialization_failure'; end $$")
      }
    }
    #expect(counter.count == 2)
    await database.close()
  }

  @Test func `of two transactions that lock each other out both are done`() async throws {
    let database = try await TestDatabase.make()
    let pool = database.pool
    try await pool.query(
      "insert into products (name, slug) values ('A', 'a'), ('B', 'b')")
    func rename(_ first: String, _ second: String) async throws {
      try await pool.transaction { connection in
        for slug in [first, second] {
          try connection.query("update products set name = name || '!' where slug = $1", slug)
          try connection.query("select pg_sleep(0.2)")
        }
      }
    }
    async let one: Void = rename("a", "b")
    async let two: Void = rename("b", "a")
    _ = try await (one, two)
    let names = try await pool.query("select name from products order by slug")
    #expect(try names.map { try $0.text("name") } == ["A!!", "B!!"])
    await database.close()
  }

  @Test func `a transaction left open by a statement does not reach the next caller`() async throws
  {
    let database = try await TestDatabase.make { $0.writeConnections = 1 }
    try await database.pool.query("begin")
    try await database.pool.query("insert into products (name, slug) values ('A', 'a')")
    #expect(try await database.pool.read("select 1 from products").count == 1)
    await database.close()
  }

  @Test func `a backend killed in a transaction fails it, and the next one works`() async throws {
    let database = try await TestDatabase.make { $0.writeConnections = 1 }
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { connection in
        try connection.query("insert into products (name, slug) values ('A', 'a')")
        try connection.query("select pg_terminate_backend(pg_backend_pid())")
      }
    }
    #expect(error?.kind == .connection)
    #expect(try await database.pool.query("select 1 from products").isEmpty)
    await database.close()
  }

  @Test(arguments: [
    ("insert into products (name, slug) values ('A', 'taken')", "23505", "products_slug_unique"),
    ("insert into products (name, slug) values ('A', 'Bad')", "23514", "products_slug_form"),
    (
      "insert into products (name, slug, parent_id) values ('A', 'a', 99)", "23503",
      "products_parent_exists"
    ),
  ])
  func `a violated constraint is named`(
    _ sql: String, _ state: String, _ constraint: String
  ) async throws {
    let database = try await TestDatabase.make()
    try await database.pool.query("insert into products (name, slug) values ('T', 'taken')")
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.query(Statement(sql))
    }
    #expect(error?.sqlState == state)
    #expect(error?.constraint == constraint)
    #expect(error?.table == "products")
    await database.close()
  }
}

final class Counter: Sendable {
  private let value = Atomic(0)
  var count: Int { value.load(ordering: .relaxed) }
  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
