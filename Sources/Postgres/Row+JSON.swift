import CLibpq
import Glibc

extension Row {
  /// Writes the row as one JSON object: keys are the columns' names, values go by type.
  ///
  /// Integers, floats and numerics become numbers (NaN and the infinities null), timestamps RFC
  /// 3339 in UTC with milliseconds, dates `YYYY-MM-DD`, `json` and `jsonb` themselves, flat arrays
  /// arrays. Columns whose names start with `_` are left out.
  ///
  /// - Throws: `PostgresError` of kind `.decoding` for a type without a JSON form here; cast it in
  ///   the SQL.
  package func appendJSON(to out: inout [UInt8]) throws {
    out.append(UInt8(ascii: "{"))
    var separator = false
    for column in 0..<columnCount {
      guard let name = PQfname(result.raw, Int32(column)), name.pointee != 0x5F else { continue }
      if separator { out.append(UInt8(ascii: ",")) }
      separator = true
      JSONBytes.append(
        string: UnsafeRawBufferPointer(start: name, count: strlen(name)), to: &out)
      out.append(UInt8(ascii: ":"))
      try appendJSON(ofColumn: column, to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  /// Writes one cell as a JSON value.
  package func appendJSON(ofColumn column: Int, to out: inout [UInt8]) throws {
    let written = result.withCell(row: index, column: column) { cell in
      guard let cell else {
        JSONBytes.append("null", to: &out)
        return true
      }
      return cell.appendJSON(to: &out)
    }
    guard written else {
      let oid = result.type(ofColumn: column).rawValue
      throw PostgresError.decoding(
        column: result.name(ofColumn: column),
        "has type OID \(oid), which has no JSON form; cast it in the SQL")
    }
  }
}

extension Rows {
  /// Writes all rows as one JSON array of objects. See `Row.appendJSON(to:)`.
  package func appendJSONArray(to out: inout [UInt8]) throws {
    out.append(UInt8(ascii: "["))
    for row in self {
      if row.index > 0 { out.append(UInt8(ascii: ",")) }
      try row.appendJSON(to: &out)
    }
    out.append(UInt8(ascii: "]"))
  }
}

extension Cell {
  /// `false` when the type has no JSON form.
  func appendJSON(to out: inout [UInt8]) -> Bool {
    switch type {
    case .text, .varchar: JSONBytes.append(string: bytes, to: &out)
    case .int8, .int4, .int2, .oid:
      guard let value = try? Int64(cell: self) else { return false }
      JSONBytes.append(value, to: &out)
    case .timestamptz, .timestamp:
      guard let value = integer(Int64.self) else { return false }
      JSONBytes.append(timestamp: value, to: &out)
    case .bool: JSONBytes.append(bytes.first == 0 ? "false" : "true", to: &out)
    case .json, .jsonb:
      guard let text = jsonText else { return false }
      out.append(contentsOf: text)
    case .float8, .float4: return appendFloat(to: &out)
    case .numeric: out.append(contentsOf: (NumericText(self)?.text ?? "null").utf8)
    case .date: return appendDay(to: &out)
    case .uuid: return appendText(try? String(cell: self), to: &out)
    case .int8Array, .int4Array, .int2Array, .textArray, .varcharArray, .boolArray, .float8Array,
      .uuidArray, .timestamptzArray:
      return appendArray(to: &out)
    case _ where type.isTextual: JSONBytes.append(string: bytes, to: &out)
    default: return false
    }
    return true
  }

  private func appendFloat(to out: inout [UInt8]) -> Bool {
    guard let value = try? Double(cell: self) else { return false }
    out.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    return true
  }

  private func appendDay(to out: inout [UInt8]) -> Bool {
    guard let day = integer(Int32.self) else { return false }
    out.append(UInt8(ascii: "\""))
    JSONBytes.append(civilDay: Int(day), to: &out)
    out.append(UInt8(ascii: "\""))
    return true
  }

  private func appendText(_ text: String?, to out: inout [UInt8]) -> Bool {
    guard var text else { return false }
    text.withUTF8 { JSONBytes.append(string: UnsafeRawBufferPointer($0), to: &out) }
    return true
  }

  private func appendArray(to out: inout [UInt8]) -> Bool {
    guard let cells = elements() else { return false }
    out.append(UInt8(ascii: "["))
    for (index, cell) in cells.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      guard let cell else {
        JSONBytes.append("null", to: &out)
        continue
      }
      guard cell.appendJSON(to: &out) else { return false }
    }
    out.append(UInt8(ascii: "]"))
    return true
  }
}
