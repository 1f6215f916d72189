import Foundation
import Postgres

/// The database of a process: a given one, or a private PostgreSQL that is run for it.
package struct DatabaseHandle: Sendable {
  package let conninfo: String
  private let cluster: PrivateCluster?

  package var isPrivate: Bool { cluster != nil }

  package static func open(_ configuration: Configuration) async throws -> DatabaseHandle {
    if let url = configuration.databaseURL { return DatabaseHandle(conninfo: url, cluster: nil) }
    let cluster = PrivateCluster(
      dataDirectory: configuration.dataDirectory.appending(path: "postgresql"))
    return DatabaseHandle(conninfo: try await cluster.start(), cluster: cluster)
  }

  /// Stops the private PostgreSQL unless another process uses it.
  package func close() async { await cluster?.stop() }
}
