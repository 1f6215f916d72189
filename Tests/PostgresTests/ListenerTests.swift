import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ListenerTests {
  @Test func `a notification comes after the commit that sent it`() async throws {
    let database = try await TestDatabase.make()
    let listener = PostgresListener(
      configuration: database.pool.configuration, channels: ["news", "Odd \" name"])
    var events = try listener.events().makeAsyncIterator()
    #expect(await events.next() == .connected)
    try await database.pool.transaction { connection in
      try connection.notify(channel: "news", payload: "hello")
      try connection.notify(channel: "Odd \" name")
    }
    #expect(await events.next() == .notification(channel: "news", payload: "hello"))
    #expect(await events.next() == .notification(channel: "Odd \" name", payload: ""))
    await database.close()
  }

  @Test func `a listener whose backend was killed connects again and says so`() async throws {
    let database = try await TestDatabase.make()
    let listener = PostgresListener(
      configuration: database.pool.configuration, channels: ["news"])
    var events = try listener.events().makeAsyncIterator()
    #expect(await events.next() == .connected)
    try await database.pool.query(
      """
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like 'listen %'
      """)
    #expect(await events.next() == .connected)
    try await database.pool.query("select pg_notify('news', 'again')")
    #expect(await events.next() == .notification(channel: "news", payload: "again"))
    await database.close()
  }

  @Test func `a listener that nobody hears any more lets its connection go`() async throws {
    let database = try await TestDatabase.make()
    func listeners() async throws -> Int {
      try await database.pool.read(
        """
        select count(*) as n from pg_stat_activity
        where datname = current_database() and query like 'listen %'
        """)[0].int("n")
    }
    let listener = PostgresListener(
      configuration: database.pool.configuration, channels: ["news"])
    let task = Task { for await _ in try listener.events() {} }
    try await eventually("it listens") { try await listeners() == 1 }
    task.cancel()
    try await eventually("it is gone") { try await listeners() == 0 }
    await database.close()
  }
}
