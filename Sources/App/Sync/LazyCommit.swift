import Postgres

/// For what a sync notes on its way. A crash of PostgreSQL may lose the last of it, together with all that
/// was stored after it: then it is read again. The commit that ends the run waits for the disk, and with it
/// all before.
enum LazyCommit {
  /// A statement's last clause: lets its transaction's commit not wait for the disk.
  static let returning = "returning set_config('synchronous_commit', 'off', true)"

  /// Does it by itself, in a transaction.
  static func use(on connection: Connection) throws { _ = try connection.query(statement) }

  private static let statement: Statement = "select set_config('synchronous_commit', 'off', true)"
}
