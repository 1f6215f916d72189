/// One SQL statement with `$1…` placeholders, prepared lazily, once a connection.
///
/// Keep statements as `static let find: Statement = "select …"`: its hash is then computed once.
/// There is no string interpolation on purpose; a composed text goes through `init(_:)`, and values
/// always travel as parameters.
package struct Statement: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let sql: String
  /// Computed once here rather than at every look-up among a connection's prepared statements.
  private let fingerprint: Int

  package init(_ sql: String) {
    self.sql = sql
    fingerprint = sql.hashValue
  }

  package init(stringLiteral sql: String) { self.init(sql) }

  package var description: String { sql }

  package static func == (one: Statement, other: Statement) -> Bool {
    one.fingerprint == other.fingerprint && one.sql == other.sql
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
