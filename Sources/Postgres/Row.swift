import CLibpq
package import Foundation

/// A column by name or by position from 0.
package protocol ColumnReference: Sendable {
  /// The position in `result`.
  func position(in row: Row) -> Int?
  var label: String { get }
}

extension Int: ColumnReference {
  package func position(in row: Row) -> Int? { (0..<row.columnCount).contains(self) ? self : nil }
  package var label: String { String(self) }
}

extension String: ColumnReference {
  package func position(in row: Row) -> Int? { row.position(ofColumn: self) }
  package var label: String { self }
}

/// One row. Reading a null, a missing column or another type throws a `.decoding` error that names
/// the column; the `OrNil` forms give `nil` for a null only.
package struct Row: Sendable {
  let result: QueryResult
  let index: Int

  package var columnCount: Int { result.columnCount }

  func position(ofColumn name: String) -> Int? {
    name.withCString { name in
      (0..<columnCount).first { column in
        PQfname(result.raw, Int32(column)).map { strcmp($0, name) == 0 } ?? false
      }
    }
  }

  func valueOrNil<T: PostgresDecodable>(_ column: some ColumnReference, _: T.Type) throws -> T? {
    guard let position = column.position(in: self) else {
      throw PostgresError.decoding(column: column.label, "is not in the result")
    }
    do {
      return try result.withCell(row: index, column: position) { try $0.map(T.init(cell:)) }
    } catch let mismatch as Cell.Mismatch {
      throw PostgresError.decoding(column: column.label, mismatch.reason)
    }
  }

  func value<T: PostgresDecodable>(_ column: some ColumnReference, _ type: T.Type) throws -> T {
    guard let value = try valueOrNil(column, type) else {
      throw PostgresError.decoding(column: column.label, "is null")
    }
    return value
  }
}

extension Row {
  package func int(_ c: some ColumnReference) throws -> Int { try value(c, Int.self) }
  package func int64(_ c: some ColumnReference) throws -> Int64 { try value(c, Int64.self) }
  package func int32(_ c: some ColumnReference) throws -> Int32 { try value(c, Int32.self) }
  package func bool(_ c: some ColumnReference) throws -> Bool { try value(c, Bool.self) }
  package func double(_ c: some ColumnReference) throws -> Double { try value(c, Double.self) }
  package func text(_ c: some ColumnReference) throws -> String { try value(c, String.self) }
  package func date(_ c: some ColumnReference) throws -> Date { try value(c, Date.self) }
  package func uuid(_ c: some ColumnReference) throws -> UUID { try value(c, UUID.self) }
  package func bytes(_ c: some ColumnReference) throws -> [UInt8] {
    try value(c, RawBytes.self).bytes
  }
  /// The text of a `json` or `jsonb` cell.
  package func json(_ c: some ColumnReference) throws -> [UInt8] { try bytes(c) }
  package func textArray(_ c: some ColumnReference) throws -> [String] {
    try value(c, [String].self)
  }
  package func int64Array(_ c: some ColumnReference) throws -> [Int64] {
    try value(c, [Int64].self)
  }

  package func intOrNil(_ c: some ColumnReference) throws -> Int? { try valueOrNil(c, Int.self) }
  package func int64OrNil(_ c: some ColumnReference) throws -> Int64? {
    try valueOrNil(c, Int64.self)
  }
  package func int32OrNil(_ c: some ColumnReference) throws -> Int32? {
    try valueOrNil(c, Int32.self)
  }
  package func boolOrNil(_ c: some ColumnReference) throws -> Bool? { try valueOrNil(c, Bool.self) }
  package func doubleOrNil(_ c: some ColumnReference) throws -> Double? {
    try valueOrNil(c, Double.self)
  }
  package func textOrNil(_ c: some ColumnReference) throws -> String? {
    try valueOrNil(c, String.self)
  }
  package func dateOrNil(_ c: some ColumnReference) throws -> Date? { try valueOrNil(c, Date.self) }
  package func uuidOrNil(_ c: some ColumnReference) throws -> UUID? { try valueOrNil(c, UUID.self) }
  package func bytesOrNil(_ c: some ColumnReference) throws -> [UInt8]? {
    try valueOrNil(c, RawBytes.self)?.bytes
  }
  package func jsonOrNil(_ c: some ColumnReference) throws -> [UInt8]? { try bytesOrNil(c) }
  package func textArrayOrNil(_ c: some ColumnReference) throws -> [String]? {
    try valueOrNil(c, [String].self)
  }
  package func int64ArrayOrNil(_ c: some ColumnReference) throws -> [Int64]? {
    try valueOrNil(c, [Int64].self)
  }
}
