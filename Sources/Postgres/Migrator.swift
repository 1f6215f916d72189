package import Foundation

/// Brings a database to the schema of a folder of migrations: in order, each in a transaction of
/// its own, one migrator at a time.
package struct Migrator: Sendable {
  /// Any number that no other advisory lock of the service uses.
  private static let lockKey: Int64 = 0x4973_7375_6542_7269

  private static let preparation: Duration = .seconds(86_400)
  private static let hasPreparation: Statement =
    "select to_regprocedure('before_migrations()') is not null"

  /// How long to wait for another migrator, and how long one file may take.
  package var patience: Duration = .seconds(600)
  private let directory: URL

  package init(directory: URL) { self.directory = directory }

  /// Applies what is pending. Each is preceded, in its transaction, by a call of the function
  /// `before_migrations()`, where a migration has made one: for what the schema lacks for a while.
  ///
  /// - Returns: the migrations that were applied now.
  /// - Throws: `MigrationError` when an applied file was changed or is missing, or a pending one
  ///   comes before an applied one; `PostgresError` when a statement fails. Files before the
  ///   failing one stay applied.
  package func migrate(_ configuration: PostgresConfiguration) async throws -> [Migration] {
    let migrations = try Migration.load(from: directory)
    return try await BlockingWork.run {
      let connection = try Connection(configuration, by: .now + configuration.connectTimeout)
      connection.limit = .perStatement(patience)
      // No limit in the server: an index on a large table takes its time.
      try connection.execute("set statement_timeout = 0")
      try connection.query("select pg_advisory_lock($1)", Self.lockKey)
      // The lock ends with the connection.
      let applied = try MigrationLedger.read(on: connection)
      let pending = try MigrationLedger.pending(migrations, applied: applied)
      for migration in pending { try apply(migration, on: connection) }
      return pending
    }
  }

  package func migrate(conninfo: String) async throws -> [Migration] {
    try await migrate(PostgresConfiguration(conninfo: conninfo))
  }

  /// Every migration of the folder and where it stands. Changes nothing.
  ///
  /// - Throws: as `migrate`, for a database that `migrate` would refuse.
  package func status(
    _ configuration: PostgresConfiguration
  ) async throws -> [(migration: Migration, state: Migration.State)] {
    let migrations = try Migration.load(from: directory)
    let applied = try await BlockingWork.run {
      let connection = try Connection(configuration, by: .now + configuration.connectTimeout)
      return try MigrationLedger.readIfPresent(on: connection)
    }
    _ = try MigrationLedger.pending(migrations, applied: applied)
    return migrations.map { migration in
      let entry = applied.first { $0.version == migration.version }
      return (migration, entry.map { .applied(at: $0.appliedAt) } ?? .pending)
    }
  }

  private func prepare(_ connection: Connection) throws {
    guard try connection.query(Self.hasPreparation)[0].bool(0) else { return }
    // Indexes of a large table; were there a limit, each start would meet it again.
    connection.limit = .perStatement(Self.preparation)
    defer { connection.limit = .perStatement(patience) }
    try connection.query("select before_migrations()::text")
  }

  private func apply(_ migration: Migration, on connection: Connection) throws {
    do {
      try Transaction.run(on: connection) { connection in
        try prepare(connection)
        try connection.execute(migration.sql)
        guard !connection.isIdle else {
          throw MigrationError(
            "\(migration.fileName) ends its own transaction: take the commit out of it")
        }
        try MigrationLedger.add(migration, on: connection)
      }
    } catch var error as PostgresError {
      error.message = "\(migration.fileName): \(error.message)"
      throw error
    }
  }
}
