import Postgres

extension PostgresPool {
  /// Runs a change in a transaction that is signed with `Actor.current`: the schema's triggers write
  /// its audit events in that name.
  func change<T: Sendable>(
    timeout: Duration? = nil, _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    let actor = Actor.current
    return try await transaction(timeout: timeout) { connection in
      try connection.sign(actor)
      return try body(connection)
    }
  }
}

extension Connection {
  /// Signs the rest of the running transaction.
  func sign(_ actor: Actor) throws {
    _ = try query(
      Self.sign, actor.name, actor.cause.rawValue, actor.tokenID.map(String.init) ?? "",
      actor.requestID ?? "")
  }

  private static var sign: Statement {
    """
    select set_config('issuebridge.actor', $1, true), set_config('issuebridge.cause', $2, true),
      set_config('issuebridge.token_id', $3, true), set_config('issuebridge.request_id', $4, true)
    """
  }
}
