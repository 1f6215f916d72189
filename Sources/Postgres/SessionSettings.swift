/// What every session is set to, in one round trip after connecting. Not as start-up options:
/// connection poolers refuse those.
enum SessionSettings {
  static func sql(statementTimeout limit: Duration, readOnly: Bool) -> String {
    """
    set timezone = 'UTC'; set default_transaction_isolation = 'read committed'; \
    \(statementTimeout(limit));\
    set default_transaction_read_only = \(readOnly ? "on" : "off")
    """
  }

  static func statementTimeout(_ limit: Duration) -> String {
    let milliseconds = Int64(max(1, min(limit / .milliseconds(1), Double(Int32.max))))
    return "set statement_timeout = \(milliseconds)"
  }
}

extension PostgresError {
  /// "cached plan must not change result type", or the prepared statement is gone.
  var isStalePlan: Bool {
    sqlState == "26000" || (sqlState == "0A000" && message.contains("cached plan"))
  }
}
