/// One value in PostgreSQL's binary format. Must not outlive the result that it points into.
struct Cell {
  let bytes: UnsafeRawBufferPointer
  let type: PostgresType

  /// Why a cell cannot be read as asked; the row adds the column's name.
  struct Mismatch: Error {
    let reason: String
  }

  func mismatch(_ wanted: String) -> Mismatch {
    Mismatch(reason: "has type OID \(type.rawValue) (\(bytes.count) bytes), not \(wanted)")
  }

  /// A big-endian integer at `offset`; `nil` beyond the end.
  func integer<T: FixedWidthInteger>(_: T.Type, at offset: Int = 0) -> T? {
    guard offset >= 0, offset + MemoryLayout<T>.size <= bytes.count else { return nil }
    return T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// `jsonb` carries a version byte before its text.
  var jsonText: UnsafeRawBufferPointer? {
    switch type {
    case .json: bytes
    case .jsonb: bytes.first == 1 ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : nil
    default: nil
    }
  }

  /// The elements of a one-dimensional array; `nil` when the bytes are not one.
  func elements() -> [Cell?]? {
    guard let dimensions = integer(Int32.self), let oid = integer(UInt32.self, at: 8) else {
      return nil
    }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count = integer(Int32.self, at: 12) else { return nil }
    var cells: [Cell?] = []
    var offset = 20
    for _ in 0..<max(0, count) {
      guard let length = integer(Int32.self, at: offset) else { return nil }
      offset += 4
      guard length >= 0 else {
        cells.append(nil)
        continue
      }
      guard offset + Int(length) <= bytes.count else { return nil }
      let element = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
      cells.append(Cell(bytes: element, type: PostgresType(rawValue: oid)))
      offset += Int(length)
    }
    return cells
  }
}
