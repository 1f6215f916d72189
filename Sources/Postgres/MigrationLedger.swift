import Foundation

/// The table of applied migrations.
enum MigrationLedger {
  struct Entry: Sendable {
    let version: Int
    let name: String
    let checksum: String
    let appliedAt: Date
  }

  private static let create = """
    create table if not exists schema_migrations (
      version    integer primary key,
      name       text not null,
      checksum   text not null,
      applied_at timestamptz not null default now(),
      constraint schema_migrations_checksum_form check (checksum ~ '^[0-9a-f]{64}$')
    )
    """
  private static let exists: Statement = "select to_regclass('schema_migrations') is not null"
  private static let list: Statement =
    "select version, name, checksum, applied_at from schema_migrations order by version"
  private static let insert: Statement =
    "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)"

  static func read(on connection: Connection) throws -> [Entry] {
    try connection.execute(create)
    return try entries(on: connection)
  }

  static func readIfPresent(on connection: Connection) throws -> [Entry] {
    guard try connection.query(exists).first?.bool(0) == true else { return [] }
    return try entries(on: connection)
  }

  static func add(_ migration: Migration, on connection: Connection) throws {
    try connection.query(insert, migration.version, migration.name, migration.checksum)
  }

  private static func entries(on connection: Connection) throws -> [Entry] {
    try connection.query(list).map {
      Entry(
        version: try $0.int("version"), name: try $0.text("name"),
        checksum: try $0.text("checksum"), appliedAt: try $0.date("applied_at"))
    }
  }

  /// What is still to do, once everything applied is found as it was.
  static func pending(_ migrations: [Migration], applied: [Entry]) throws -> [Migration] {
    for entry in applied {
      guard let migration = migrations.first(where: { $0.version == entry.version }) else {
        throw MigrationError(
          """
          the database has migration \(entry.version) (\(entry.name)), which this program has not: \
          it was migrated by a newer version; run that version or a later one
          """)
      }
      guard migration.checksum == entry.checksum else {
        throw MigrationError(
          """
          \(migration.fileName) was changed after it was applied at \(entry.appliedAt): restore \
          the file and put the change into a new migration
          """)
      }
    }
    let last = applied.last?.version ?? 0
    let pending = migrations.filter { migration in
      !applied.contains { $0.version == migration.version }
    }
    if let early = pending.first(where: { $0.version < last }) {
      throw MigrationError(
        """
        \(early.fileName) comes before migration \(last), which is applied already: give it a \
        number above \(last)
        """)
    }
    return pending
  }
}
