import Postgres

extension Row {
  /// The row as one JSON object: a column a member.
  func json() throws -> [UInt8] {
    var bytes: [UInt8] = []
    try appendJSON(to: &bytes)
    return bytes
  }
}
