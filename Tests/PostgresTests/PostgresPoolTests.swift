import Foundation
@testable import Postgres
import Testing
import TestSupport

@Suite struct PostgresPoolTests {
  @Test func `a row comes back as it was sent`() async throws {
    let database = try await TestDatabase.make()
    let row = try #require(
      try await database.pool.query(
        "select $1::bigint as i, $2::text as t, $3::boolean as b", 42, "Grüße", true
      ).first)
    #expect(try row.int("i") == 42)
    #expect(try row.text("t") == "Grüße")
    #expect(try row.bool("b"))
    await database.close()
  }

  @Test func `a failed statement rolls the whole transaction back`() async throws {
    let database = try await TestDatabase.make()
    await #expect(throws: PostgresError.self) {
      try await database.pool.transaction { connection in
        try connection.query("insert into products (name, slug) values ('A', 'a')")
        try connection.query("insert into products (name, slug) values ('B', 'Bad Slug')")
      }
    }
    let rows = try await database.pool.read("select count(*) as n from products")
    #expect(try rows[0].int("n") == 0)
    await database.close()
  }

  @Test func `what is stored in bulk has connections of its own`() async throws {
    let database = try await TestDatabase.make { $0.writeConnections = 3 }
    let pool = database.pool
    #expect(pool.use.connections == 3)
    #expect(pool.bulk.use.connections == 1)
    // Two calls that wait for a lock hold all others.
    let holder = try Connection(pool.configuration, by: .now + .seconds(60))
    try holder.execute("begin; select pg_advisory_xact_lock(7)")
    async let one = pool.query("select pg_advisory_lock_shared(7)")
    async let other = pool.query("select pg_advisory_lock_shared(7)")
    try await eventually("both are busy") { pool.use.busy == 2 }
    let row = try await pool.bulk.query("select 1 as one")[0]
    #expect(try row.int("one") == 1)
    try holder.execute("rollback")
    _ = try await (one, other)
    await database.close()
  }

  @Test func `one connection serves all`() async throws {
    let database = try await TestDatabase.make { $0.writeConnections = 1 }
    #expect(database.pool.use.connections == 1)
    #expect(database.pool.bulk === database.pool)
    let row = try await database.pool.bulk.query("select 1 as one")[0]
    #expect(try row.int("one") == 1)
    await database.close()
  }
}
