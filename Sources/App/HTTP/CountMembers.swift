/// Members of a JSON object in SQL: a total, and the part of it for each value of a column.
enum CountMembers {
  /// - Parameter counted: the column that is summed up.
  static func sql(_ counted: String = "issues", by column: String, _ values: [String]) -> String {
    let parts = values.map {
      "'\($0)', coalesce(sum(\(counted)) filter (where \(column) = '\($0)'), 0)"
    }
    return "'total', coalesce(sum(\(counted)), 0), " + parts.joined(separator: ", ")
  }
}
