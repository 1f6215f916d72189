import CLibpq

/// The values of one call, in one buffer, as libpq takes them.
struct Parameters: Sendable {
  /// PostgreSQL's own limit on the parameters of a statement.
  static let maximumCount = 65_535

  private struct Value {
    /// `0` for text and for a null, whose type the server infers.
    var type: UInt32
    /// In `bytes`; nil for a null.
    var offset: Int?
    var length: Int32
  }

  private var values: [Value] = []
  private var bytes: [UInt8] = []

  var count: Int { values.count }
  var types: [UInt32] { values.map(\.type) }

  init(_ values: [(any PostgresEncodable)?]) throws {
    guard values.count <= Self.maximumCount else {
      throw PostgresError.encoding("a statement takes at most \(Self.maximumCount) parameters")
    }
    self.values.reserveCapacity(values.count)
    for value in values { try append(value) }
  }

  private mutating func append(_ value: (any PostgresEncodable)?) throws {
    guard let value else {
      values.append(Value(type: PostgresType.unspecified.rawValue, offset: nil, length: 0))
      return
    }
    let start = bytes.count
    try value.encode(into: &bytes)
    guard let length = Int32(exactly: bytes.count - start) else {
      throw PostgresError.encoding("a parameter is larger than 2 GB")
    }
    values.append(
      Value(type: type(of: value).postgresType.rawValue, offset: start, length: length))
    bytes.append(0)  // libpq reads text up to its NUL
  }

  /// Whether a statement prepared for `prepared` can take these: a null fits every type.
  func fit(_ prepared: [UInt32]) -> Bool {
    guard prepared.count == count else { return false }
    return values.indices.allSatisfy {
      values[$0].offset == nil || values[$0].type == prepared[$0]
    }
  }

  typealias Pointers = (
    count: Int32, values: UnsafePointer<UnsafePointer<CChar>?>?, lengths: UnsafePointer<Int32>?,
    formats: UnsafePointer<Int32>?
  )

  func withPointers<R>(_ body: (Pointers) -> R) -> R {
    if values.isEmpty { return body((0, nil, nil, nil)) }
    return bytes.withUnsafeBytes { buffer in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { pointers in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
          for (index, value) in values.enumerated() {
            let start = value.offset.flatMap { offset in buffer.baseAddress.map { $0 + offset } }
            pointers.initializeElement(at: index, to: start?.assumingMemoryBound(to: CChar.self))
            numbers.initializeElement(at: index, to: value.length)
            let format: Int32 = value.type == PostgresType.unspecified.rawValue ? 0 : 1
            numbers.initializeElement(at: count + index, to: format)
          }
          let lengths = UnsafePointer(numbers.baseAddress)
          return body(
            (Int32(count), UnsafePointer(pointers.baseAddress), lengths, lengths.map { $0 + count })
          )
        }
      }
    }
  }
}
