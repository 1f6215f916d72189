import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
  /// A folder of migrations, removed with the value.
  final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(
      path: "migrations-\(UUID().uuidString)")

    init(_ files: [String: String]) throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      for (name, sql) in files { try write(name, sql) }
    }

    func write(_ name: String, _ sql: String) throws {
      try Data(sql.utf8).write(to: url.appending(path: name))
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(at: url.appending(path: name))
    }

    deinit { try? FileManager.default.removeItem(at: url) }
  }

  static let two = [
    "0001_a.sql": "create table a (n int);", "0002_b.sql": "create table b (n int)",
  ]

  @Test func `migrations are applied once, in order`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    let migrator = Migrator(directory: folder.url)
    #expect(try await migrator.status(database.pool.configuration).map(\.state).count == 2)
    let first = try await migrator.migrate(conninfo: database.conninfo)
    #expect(first.map(\.fileName) == ["0001_a.sql", "0002_b.sql"])
    #expect(try await migrator.migrate(conninfo: database.conninfo).isEmpty)
    let states = try await migrator.status(database.pool.configuration).map(\.state)
    #expect(!states.contains(.pending))
    await database.close()
  }

  @Test func `what a migration prepares is done before others, and only before others`()
    async throws
  {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    let migrator = Migrator(directory: folder.url)
    _ = try await migrator.migrate(conninfo: database.conninfo)
    try folder.write(
      "0003_preparation.sql",
      """
      create function before_migrations() returns void language sql
        as $$ insert into a select count(*) from schema_migrations $$
      """)
    for _ in 1...2 { _ = try await migrator.migrate(conninfo: database.conninfo) }
    try folder.write("0004_d.sql", "create table d as select n from a")
    for _ in 1...2 { _ = try await migrator.migrate(conninfo: database.conninfo) }
    let prepared = try await database.pool.query("select n::bigint from d").map { try $0.int(0) }
    #expect(prepared == [3])
    #expect(try await database.pool.query("select n from a").count == 1)
    await database.close()
  }

  @Test func `a changed migration is refused with a way out`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    let migrator = Migrator(directory: folder.url)
    _ = try await migrator.migrate(conninfo: database.conninfo)
    try folder.write("0001_a.sql", "create table other (n int);")
    let error = await #expect(throws: MigrationError.self) {
      try await migrator.migrate(conninfo: database.conninfo)
    }
    #expect(error?.description.contains("restore the file") == true)
    await database.close()
  }

  @Test func `a missing migration is refused`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    let migrator = Migrator(directory: folder.url)
    _ = try await migrator.migrate(conninfo: database.conninfo)
    try folder.remove("0002_b.sql")
    let error = await #expect(throws: MigrationError.self) {
      try await migrator.migrate(conninfo: database.conninfo)
    }
    #expect(error?.description.contains("newer version") == true)
    await database.close()
  }

  @Test func `a migration before an applied one is refused`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(["0005_e.sql": "create table e (n int)"])
    let migrator = Migrator(directory: folder.url)
    _ = try await migrator.migrate(conninfo: database.conninfo)
    try folder.write("0004_d.sql", "create table d (n int)")
    let error = await #expect(throws: MigrationError.self) {
      try await migrator.migrate(conninfo: database.conninfo)
    }
    #expect(error?.description.contains("number above 5") == true)
    await database.close()
  }

  @Test func `a failing migration leaves nothing of itself and all before it`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    try folder.write("0003_c.sql", "create table c (n int); select 1 / 0;")
    let error = await #expect(throws: PostgresError.self) {
      try await Migrator(directory: folder.url).migrate(conninfo: database.conninfo)
    }
    #expect(error?.message.hasPrefix("0003_c.sql: ") == true)
    let row = try await database.pool.read(
      "select to_regclass('b') is not null as b, to_regclass('c') is not null as c")[0]
    #expect(try row.bool("b"))
    #expect(try !row.bool("c"))
    await database.close()
  }

  @Test func `migrators at the same time wait for each other`() async throws {
    let database = try await TestDatabase.makeEmpty()
    let folder = try Folder(Self.two)
    try folder.write("0003_c.sql", "select pg_sleep(0.1); create table c (n int)")
    let migrator = Migrator(directory: folder.url)
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask { try await migrator.migrate(conninfo: database.conninfo).count }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.sorted() == [0, 0, 3])
    await database.close()
  }

  @Test(arguments: ["1_a.sql", "0001-a.sql", "0001_.sql"])
  func `a file name of another form is refused`(_ name: String) async throws {
    let folder = try Folder([name: "select 1"])
    await #expect(throws: MigrationError.self) {
      try await Migrator(directory: folder.url).migrate(conninfo: "host=/nowhere")
    }
  }
}
