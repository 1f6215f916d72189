import Foundation

/// A value that can be read from a cell.
protocol PostgresDecodable {
  init(cell: Cell) throws
}

extension Int64: PostgresDecodable {
  init(cell: Cell) throws {
    let value: Int64? =
      switch cell.type {
      case .int8: cell.integer(Int64.self)
      case .int4: cell.integer(Int32.self).map(Int64.init)
      case .int2: cell.integer(Int16.self).map(Int64.init)
      case .oid: cell.integer(UInt32.self).map(Int64.init)
      default: nil
      }
    guard let value else { throw cell.mismatch("an integer") }
    self = value
  }
}

extension Int: PostgresDecodable {
  init(cell: Cell) throws { self = Int(try Int64(cell: cell)) }
}

extension Int32: PostgresDecodable {
  init(cell: Cell) throws {
    guard let value = Int32(exactly: try Int64(cell: cell)) else {
      throw cell.mismatch("an integer of 32 bits")
    }
    self = value
  }
}

extension Bool: PostgresDecodable {
  init(cell: Cell) throws {
    guard cell.type == .bool, let byte = cell.bytes.first else { throw cell.mismatch("a boolean") }
    self = byte != 0
  }
}

extension Double: PostgresDecodable {
  init(cell: Cell) throws {
    let value: Double? =
      switch cell.type {
      case .float8: cell.integer(UInt64.self).map(Double.init(bitPattern:))
      case .float4: cell.integer(UInt32.self).map { Double(Float(bitPattern: $0)) }
      case .numeric: NumericText(cell).flatMap { Double($0.text) }
      default: (try? Int64(cell: cell)).map(Double.init)
      }
    guard let value else { throw cell.mismatch("a number") }
    self = value
  }
}

extension String: PostgresDecodable {
  init(cell: Cell) throws {
    if cell.type.isTextual {
      self = cell.text
    } else if let json = cell.jsonText {
      self = String(decoding: json, as: UTF8.self)
    } else if cell.type == .uuid {
      self = try UUID(cell: cell).uuidString.lowercased()
    } else if cell.type == .numeric, let number = NumericText(cell) {
      self = number.text
    } else {
      throw cell.mismatch("text")
    }
  }
}

extension UUID: PostgresDecodable {
  init(cell: Cell) throws {
    guard cell.type == .uuid, cell.bytes.count == 16 else { throw cell.mismatch("a uuid") }
    self.init(uuid: cell.bytes.loadUnaligned(as: uuid_t.self))
  }
}

extension Date: PostgresDecodable {
  init(cell: Cell) throws {
    switch (cell.type, cell.integer(Int64.self), cell.integer(Int32.self)) {
    case (.timestamptz, let microseconds?, _), (.timestamp, let microseconds?, _):
      self = PostgresTimestamp.date(microseconds: microseconds)
    case (.date, _, let days?):
      self = PostgresTimestamp.date(microseconds: Int64(days) * 86_400_000_000)
    default: throw cell.mismatch("a date")
    }
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  init(cell: Cell) throws {
    guard let cells = cell.elements() else { throw cell.mismatch("a flat array") }
    self = try cells.map { element in
      guard let element else { throw Cell.Mismatch(reason: "is an array with a null in it") }
      return try Element(cell: element)
    }
  }
}

/// The raw bytes of a `bytea`, or the text of a `json` or `jsonb`.
struct RawBytes: PostgresDecodable {
  let bytes: [UInt8]
  init(cell: Cell) throws {
    if let json = cell.jsonText {
      bytes = Array(json)
    } else if cell.type == .bytea || cell.type.isTextual {
      bytes = Array(cell.bytes)
    } else {
      throw cell.mismatch("bytes")
    }
  }
}
