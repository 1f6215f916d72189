/// `begin`, the closure's statements, `commit`; `rollback` when anything of it failed.
enum Transaction {
  static func run<T>(
    on connection: Connection, _ body: (Connection) throws -> T
  ) throws -> T {
    try connection.execute("begin")
    let value: T
    do {
      value = try body(connection)
    } catch {
      connection.rollBack()
      throw error
    }
    // PostgreSQL answers the commit of a failed transaction with success and the tag ROLLBACK.
    let committed = try connection.query(Statement.commit)
    guard committed.result.commandTag == "COMMIT" else {
      throw PostgresError(
        .server, "the transaction was rolled back: a statement in it had failed",
        sqlState: "25P02")
    }
    return value
  }
}
