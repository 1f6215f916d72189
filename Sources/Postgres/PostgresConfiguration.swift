package import Logging

/// Where PostgreSQL is and how long anything may take.
package struct PostgresConfiguration: Sendable {
  /// A libpq connection string or `postgresql://` URL.
  package var conninfo: String
  /// Seen in `pg_stat_activity`, unless the connection string names another.
  package var applicationName = "issuebridge"
  /// Connections with a thread each, for writes, transactions and anything slow.
  package var writeConnections = 8
  /// Pipelined connections of each reactor, for short reads.
  package var readConnectionsPerReactor = 2
  /// One statement, unless a call says otherwise; also set in the server, a little longer.
  package var statementTimeout: Duration = .seconds(30)
  /// One pipelined read, waiting included.
  package var readTimeout: Duration = .seconds(10)
  /// Waiting for a free, working connection.
  package var acquireTimeout: Duration = .seconds(10)
  /// Opening one connection.
  package var connectTimeout: Duration = .seconds(5)
  /// After a cancel request, how long its statement may take to end before the connection is given
  /// up.
  package var cancelGrace: Duration = .seconds(2)
  package var logger = Logger(label: "issuebridge.postgres")

  package init(conninfo: String) { self.conninfo = conninfo }

  /// The oldest server that is supported, as `PQserverVersion` counts.
  static let oldestServerVersion: Int32 = 140_000
}
