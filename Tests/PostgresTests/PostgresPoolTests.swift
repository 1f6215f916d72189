import Foundation
import Postgres
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
}
