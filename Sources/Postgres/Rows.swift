/// The answer to one statement.
package struct Rows: Sendable, RandomAccessCollection {
  package struct Column: Sendable, Equatable {
    package let name: String
    package let type: PostgresType
    package var typeOID: UInt32 { type.rawValue }
  }

  let result: QueryResult

  package var startIndex: Int { 0 }
  package var endIndex: Int { result.rowCount }
  package subscript(position: Int) -> Row { Row(result: result, index: position) }

  package var columns: [Column] {
    (0..<result.columnCount).map {
      Column(name: result.name(ofColumn: $0), type: result.type(ofColumn: $0))
    }
  }

  /// Rows that the statement returned, inserted, updated or deleted.
  package var affected: Int { result.affected }
}
