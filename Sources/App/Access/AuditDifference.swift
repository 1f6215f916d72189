import RESTClient

/// What differs between two states of a resource, as audit events keep it.
enum AuditDifference {
  /// - Parameters: two JSON objects with the same members.
  /// - Returns: both with only the members that differ; nil when none does.
  static func between(_ before: String, _ after: String) throws
    -> (before: String, after: String)?
  {
    guard case .object(var old) = try JSONValue(parsing: Array(before.utf8)),
      case .object(var new) = try JSONValue(parsing: Array(after.utf8))
    else { return nil }
    for (name, value) in old where new[name] == value {
      old[name] = nil
      new[name] = nil
    }
    guard !new.isEmpty else { return nil }
    return (text(old), text(new))
  }

  private static func text(_ object: [String: JSONValue]) -> String {
    String(decoding: JSONValue.object(object).encoded(), as: UTF8.self)
  }
}
