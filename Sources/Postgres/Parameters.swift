import CLibpq

/// The values of one call, in one buffer, as libpq takes them.
struct Parameters: Sendable {
  /// PostgreSQL's own limit on the parameters of a statement.
  static let maximumCount = 65_535

  /// The type of each; `0` for text and for a null, whose type the server infers.
  private(set) var types: [UInt32] = []
  private var nulls: [Bool] = []
  private var bytes: [UInt8] = []
  private var offsets: [Int] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  var count: Int { types.count }

  init(_ values: [(any PostgresEncodable)?]) throws {
    guard values.count <= Self.maximumCount else {
      throw PostgresError.encoding("a statement takes at most \(Self.maximumCount) parameters")
    }
    for value in values {
      let start = bytes.count
      offsets.append(start)
      nulls.append(value == nil)
      guard let value else {
        append(type: .unspecified, length: 0)
        continue
      }
      try value.encode(into: &bytes)
      guard let length = Int32(exactly: bytes.count - start) else {
        throw PostgresError.encoding("a parameter is larger than 2 GB")
      }
      append(type: type(of: value).postgresType, length: length)
      bytes.append(0)  // libpq reads text up to its NUL
    }
  }

  private mutating func append(type: PostgresType, length: Int32) {
    types.append(type.rawValue)
    lengths.append(length)
    formats.append(type == .unspecified ? 0 : 1)
  }

  /// Whether a statement prepared for `prepared` can take these: a null fits every type.
  func fit(_ prepared: [UInt32]) -> Bool {
    guard prepared.count == types.count else { return false }
    return types.indices.allSatisfy { nulls[$0] || types[$0] == prepared[$0] }
  }

  typealias Pointers = (
    count: Int32, values: UnsafePointer<UnsafePointer<CChar>?>?, lengths: UnsafePointer<Int32>?,
    formats: UnsafePointer<Int32>?
  )

  func withPointers<R>(_ body: (Pointers) -> R) -> R {
    if types.isEmpty { return body((0, nil, nil, nil)) }
    return bytes.withUnsafeBytes { buffer in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { pointers in
        for index in 0..<count {
          let start = nulls[index] ? nil : buffer.baseAddress.map { $0 + offsets[index] }
          pointers.initializeElement(at: index, to: start?.assumingMemoryBound(to: CChar.self))
        }
        return lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { formats in
            body(
              (
                Int32(count), UnsafePointer(pointers.baseAddress), lengths.baseAddress,
                formats.baseAddress
              ))
          }
        }
      }
    }
  }
}
