import CLibpq

/// The one owner of a `PGresult`.
struct ResultHandle: ~Copyable {
  let raw: OpaquePointer
  init(_ raw: OpaquePointer) { self.raw = raw }
  deinit { PQclear(raw) }
}

/// A finished result. libpq never changes a result once it is made and reading it takes no lock, so
/// it may be read from several threads.
final class QueryResult: @unchecked Sendable {
  private let handle: ResultHandle
  let columnCount: Int
  let rowCount: Int

  init(_ raw: OpaquePointer) {
    handle = ResultHandle(raw)
    columnCount = Int(PQnfields(raw))
    rowCount = Int(PQntuples(raw))
  }

  var raw: OpaquePointer { handle.raw }
  var status: ExecStatusType { PQresultStatus(raw) }
  var error: PostgresError? { PostgresError(result: raw) }

  /// Rows touched, from the command's tag.
  var affected: Int {
    PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0
  }

  var commandTag: String { PQcmdStatus(raw).map { String(cString: $0) } ?? "" }

  func type(ofColumn column: Int) -> PostgresType {
    PostgresType(rawValue: PQftype(raw, Int32(column)))
  }

  func name(ofColumn column: Int) -> String {
    PQfname(raw, Int32(column)).map { String(cString: $0) } ?? ""
  }

  /// Runs `body` with the cell's bytes; `nil` for a null. The bytes end with `body`.
  func withCell<R>(row: Int, column: Int, _ body: (Cell?) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) {
      let (r, c) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
      guard PQgetisnull(raw, r, c) == 0 else { return try body(nil) }
      let bytes = UnsafeRawBufferPointer(
        start: PQgetvalue(raw, r, c), count: Int(PQgetlength(raw, r, c)))
      return try body(Cell(bytes: bytes, type: type(ofColumn: column)))
    }
  }
}
