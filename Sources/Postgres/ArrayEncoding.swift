package import Foundation

/// What an array parameter may hold. An optional element that is `nil` becomes a null.
package protocol PostgresArrayElement: Sendable {
  static var postgresArrayType: PostgresType { get }
  static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.postgresArrayType }
  package func encode(into bytes: inout [UInt8]) throws {
    try Element.encodeArray(self, into: &bytes)
  }
}

/// `[UInt8]` is a `bytea`, not an array.
extension UInt8: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .bytea }
  package static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) {
    bytes.append(contentsOf: elements)
  }
}

/// An element that is a value of its own; its wire form in an array is that of a parameter.
package protocol PostgresScalar: PostgresEncodable, PostgresArrayElement {
  static var elementType: PostgresType { get }
  /// Asked of the element, not of its optional, so that the compiler makes it for each type of them.
  static func encodeArray(orNils elements: [Self?], into bytes: inout [UInt8]) throws
}

extension PostgresScalar {
  package static var elementType: PostgresType { postgresType }
  package static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws {
    try ArrayEncoding.encode(elements, into: &bytes)
  }
  package static func encodeArray(orNils elements: [Self?], into bytes: inout [UInt8]) throws {
    try ArrayEncoding.encode(elements, into: &bytes)
  }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
  package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
  package static func encodeArray(_ elements: [Wrapped?], into bytes: inout [UInt8]) throws {
    try Wrapped.encodeArray(orNils: elements, into: &bytes)
  }
}

extension Int: PostgresScalar { package static var postgresArrayType: PostgresType { .int8Array } }
extension Int64: PostgresScalar {
  package static var postgresArrayType: PostgresType { .int8Array }
}
extension Int32: PostgresScalar {
  package static var postgresArrayType: PostgresType { .int4Array }
}
extension Int16: PostgresScalar {
  package static var postgresArrayType: PostgresType { .int2Array }
}
extension Bool: PostgresScalar { package static var postgresArrayType: PostgresType { .boolArray } }
extension Double: PostgresScalar {
  package static var postgresArrayType: PostgresType { .float8Array }
}
extension Date: PostgresScalar {
  package static var postgresArrayType: PostgresType { .timestamptzArray }
}
extension UUID: PostgresScalar { package static var postgresArrayType: PostgresType { .uuidArray } }
extension String: PostgresScalar {
  package static var postgresArrayType: PostgresType { .textArray }
  package static var elementType: PostgresType { .text }
}

/// The binary form of one-dimensional arrays (`array_send` in PostgreSQL's arrayfuncs.c).
enum ArrayEncoding {
  static func encode<T: PostgresScalar>(_ elements: [T], into bytes: inout [UInt8]) throws {
    appendHeader(of: T.self, count: elements.count, hasNulls: false, to: &bytes)
    for element in elements { try append(element, to: &bytes) }
  }

  static func encode<T: PostgresScalar>(_ elements: [T?], into bytes: inout [UInt8]) throws {
    let hasNulls = elements.contains { $0 == nil }
    appendHeader(of: T.self, count: elements.count, hasNulls: hasNulls, to: &bytes)
    for element in elements {
      if let element {
        try append(element, to: &bytes)
      } else {
        Int32(-1).appendBigEndian(to: &bytes)
      }
    }
  }

  private static func appendHeader<T: PostgresScalar>(
    of type: T.Type, count: Int, hasNulls: Bool, to bytes: inout [UInt8]
  ) {
    let needed = bytes.count + 20 + count * 12
    // Never by a little: each time all that stands there already is copied.
    if bytes.capacity < needed { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
    Int32(count == 0 ? 0 : 1).appendBigEndian(to: &bytes)  // dimensions
    Int32(hasNulls ? 1 : 0).appendBigEndian(to: &bytes)
    type.elementType.rawValue.appendBigEndian(to: &bytes)
    guard count > 0 else { return }
    Int32(truncatingIfNeeded: count).appendBigEndian(to: &bytes)
    Int32(1).appendBigEndian(to: &bytes)  // lower bound
  }

  private static func append<T: PostgresScalar>(_ element: T, to bytes: inout [UInt8]) throws {
    let start = bytes.count
    Int32(0).appendBigEndian(to: &bytes)
    try element.encode(into: &bytes)
    let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: length.bigEndian, toByteOffset: start, as: UInt32.self)
    }
  }
}
