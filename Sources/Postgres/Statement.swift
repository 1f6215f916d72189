/// One SQL statement with `$1…` placeholders, prepared lazily, once a connection.
///
/// Keep statements as `static let find: Statement = "select …"`: its hash is then computed once.
/// There is no string interpolation on purpose; a composed text goes through `init(_:)`, and values
/// always travel as parameters.
package struct Statement: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let sql: String
  /// Whether connections keep it prepared. One that is not is planned anew for the values of each
  /// call: for statements whose best plan depends on them.
  package let isPrepared: Bool
  /// Computed once here rather than at every look-up among a connection's prepared statements.
  private let fingerprint: Int

  package init(_ sql: String, isPrepared: Bool = true) {
    self.sql = sql
    self.isPrepared = isPrepared
    fingerprint = sql.hashValue
  }

  package init(stringLiteral sql: String) { self.init(sql) }

  package var description: String { sql }

  /// Whether its answer alone tells if something was changed for good: a `commit`, or outside a
  /// transaction whatever is not a `select`.
  func decides(outsideTransaction: Bool) -> Bool {
    self == Self.commit || outsideTransaction && !sql.hasPrefix("select")
  }

  static let commit: Statement = "commit"

  package static func == (one: Statement, other: Statement) -> Bool {
    one.fingerprint == other.fingerprint && one.sql == other.sql
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
