package import Foundation
import Logging
package import Postgres
package import Reactors

/// A database of a test's own, made from a template that has every migration applied.
///
/// All tests of a run share one private PostgreSQL, started by the first that needs it.
package final class TestDatabase: Sendable {
  package let conninfo: String
  package let pool: PostgresPool
  /// One group for all tests of a run.
  package static let reactors = Result { try ReactorGroup(count: 2) }
  private let name: String
  private let place: TestSlots.Place

  private init(name: String, conninfo: String, pool: PostgresPool, place: TestSlots.Place) {
    self.name = name
    self.place = place
    self.conninfo = conninfo
    self.pool = pool
  }

  package static func make(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in }
  ) async throws -> TestDatabase {
    try await make(template: TestCluster.template, configure)
  }

  /// Without any migration.
  package static func makeEmpty(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in }
  ) async throws -> TestDatabase {
    try await make(template: "template0", configure)
  }

  private static func make(
    template: String, _ configure: (inout PostgresConfiguration) -> Void
  ) async throws -> TestDatabase {
    let place = await TestSlots.shared.enter()
    let cluster = try await TestCluster.shared()
    let name = "test_\(UUID().uuidString.lowercased().prefix(13).replacing("-", with: "_"))"
    try await cluster.run("create database \(name) template \(template) owner issuebridge")
    let conninfo = cluster.conninfo(database: name)
    var configuration = PostgresConfiguration(conninfo: conninfo)
    configuration.writeConnections = 4
    // Tests break connections on purpose.
    configuration.logger.logLevel = .critical
    configure(&configuration)
    let pool = PostgresPool(configuration: configuration, reactors: try reactors.get())
    try await pool.start()
    return TestDatabase(name: name, conninfo: conninfo, pool: pool, place: place)
  }

  package func close() async {
    await pool.close()
    try? await TestCluster.shared().run("drop database if exists \(name) with (force)")
    place.leave()
  }

  /// The repository's migrations.
  package static var migrations: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "migrations")
  }
}
