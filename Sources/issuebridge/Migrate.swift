import App
import ArgumentParser
import Foundation
import Postgres

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Brings the database to this version's schema.")

  @Flag(help: "Only say what is applied and what is pending.")
  var status = false

  func run() async throws {
    let configuration = try Process.configuration()
    let database = try await DatabaseHandle.open(configuration)
    do {
      try await run(configuration, PostgresConfiguration(conninfo: database.conninfo))
    } catch {
      await database.close()
      throw error
    }
    await database.close()
  }

  private func run(_ configuration: Configuration, _ database: PostgresConfiguration) async throws {
    let migrator = Migrator(directory: configuration.migrationsDirectory)
    if status {
      for (migration, state) in try await migrator.status(database) {
        switch state {
        case .pending: print("pending  \(migration.fileName)")
        case .applied(let date):
          print("applied  \(migration.fileName)  \(date.formatted(.iso8601))")
        }
      }
      return
    }
    let applied = try await migrator.migrate(database)
    for migration in applied { print("applied  \(migration.fileName)") }
    if applied.isEmpty { print("Nothing to do: the schema is up to date.") }
  }
}
