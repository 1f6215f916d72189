import Postgres

extension Connection {
  /// Checks `If-Match` against the row as it is now; it stays locked until the transaction ends.
  ///
  /// - Parameter find: the SELECT of the resource's representation, ending in `for update of …`.
  /// - Throws: a 412. A row that is not there is no matter of this check.
  func require(
    _ precondition: Precondition, _ find: Statement, _ parameters: (any PostgresEncodable)?...
  ) throws {
    guard precondition.isAsked, let row = try query(find, parameters).first else { return }
    try precondition.check(row.json())
  }
}
