import CLibpq

/// What went wrong between the service and PostgreSQL.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// No connection, or it broke.
    case connection
    /// No free connection came, or no answer came, in time.
    case timeout
    /// The server refused the statement; `sqlState` says why.
    case server
    /// A cell is not what the reader asked for.
    case decoding
    /// A parameter cannot be sent to PostgreSQL.
    case encoding
    /// The pool was closed.
    case closed
  }

  package var kind: Kind
  /// Five characters (PostgreSQL manual, appendix A), where the server or libpq gave them.
  package var sqlState: String?
  package var message: String
  package var detail: String?
  package var hint: String?
  package var constraint: String?
  package var table: String?
  package var column: String?
  /// The change was sent to be committed and no word came back: it may stand in the database or not.
  /// Whoever repeats it must find out first, or repeat what does no harm twice. False for every
  /// error after which the database is known not to have changed.
  package var isOutcomeUnknown = false

  package init(_ kind: Kind, _ message: String, sqlState: String? = nil) {
    self.kind = kind
    self.message = message
    self.sqlState = sqlState
  }

  package var description: String {
    var text = "PostgreSQL \(kind.rawValue) error"
    if let sqlState { text += " \(sqlState)" }
    text += ": \(message)"
    if let detail { text += " (\(detail))" }
    if let hint { text += " Hint: \(hint)" }
    if isOutcomeUnknown { text += "; it is not known whether the change was made" }
    return text
  }

  package func isUniqueViolation(constraint name: String) -> Bool {
    sqlState == "23505" && constraint == name
  }
  package func isForeignKeyViolation(constraint name: String) -> Bool {
    sqlState == "23503" && constraint == name
  }
  package func isCheckViolation(constraint name: String) -> Bool {
    sqlState == "23514" && constraint == name
  }
  /// The value itself is at fault (classes 22 and 23 of appendix A, or it could not even be sent): trying again
  /// changes nothing.
  package var isOfValue: Bool {
    kind == .encoding || sqlState?.hasPrefix("22") == true || sqlState?.hasPrefix("23") == true
  }

  /// The database is away, overloaded or busy with others: the same may succeed later.
  package var isPassing: Bool {
    switch kind {
    case .connection, .timeout, .closed: true
    case .server: ["40", "53", "55", "57", "58"].contains { sqlState?.hasPrefix($0) == true }
    case .encoding, .decoding: false
    }
  }

  /// Serialization failure or deadlock: the transaction did nothing and may be run again.
  package var isRetryable: Bool { sqlState == "40001" || sqlState == "40P01" }
}

extension PostgresError {
  static func encoding(_ message: String) -> PostgresError {
    // character_not_in_repertoire, as the server says it
    PostgresError(.encoding, message, sqlState: "22021")
  }

  static func decoding(column: String, _ reason: String) -> PostgresError {
    var error = PostgresError(.decoding, "column \(column) \(reason)")
    error.column = column
    return error
  }

  static let poolClosed = PostgresError(.closed, "the connection pool is closed")

  /// What libpq says of a connection.
  init(connection: OpaquePointer, default text: String = "the connection broke") {
    let message = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
    self.init(.connection, message.isEmpty ? text : message.singleLine, sqlState: "08006")
  }

  /// What the server says of a statement; `nil` when it succeeded.
  init?(result: OpaquePointer) {
    switch PQresultStatus(result) {
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: break
    default: return nil
    }
    func field(_ code: Int32) -> String? {
      PQresultErrorField(result, code).map { String(cString: $0) }
    }
    let state = field(CLIBPQ_DIAG_SQLSTATE)
    let whole = PQresultErrorMessage(result).map { String(cString: $0).singleLine } ?? ""
    self.init(
      Self.kind(ofState: state), field(CLIBPQ_DIAG_MESSAGE) ?? whole, sqlState: state ?? "08006")
    detail = field(CLIBPQ_DIAG_DETAIL)
    hint = field(CLIBPQ_DIAG_HINT)
    constraint = field(CLIBPQ_DIAG_CONSTRAINT)
    table = field(CLIBPQ_DIAG_TABLE)
    column = field(CLIBPQ_DIAG_COLUMN)
  }

  private static func kind(ofState state: String?) -> Kind {
    guard let state, !state.hasPrefix("08") else { return .connection }
    switch state {
    case "57P01", "57P02", "57P03", "57P05", "53300": return .connection
    case "57014": return .timeout
    default: return .server
    }
  }
}

extension String {
  /// libpq's messages end with a line feed and may span lines.
  var singleLine: String {
    split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
