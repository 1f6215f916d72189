package import Foundation
import Glibc

/// A value that can be a statement's parameter.
///
/// Numbers, dates and arrays travel in PostgreSQL's binary formats with their type named, text as
/// text with its type left to the server: `$1::text::jsonb`, `$1::interval` and the like take a
/// `String`.
package protocol PostgresEncodable: Sendable {
  /// `.unspecified` means text format.
  static var postgresType: PostgresType { get }

  /// Appends the wire form.
  ///
  /// - Throws: `PostgresError` of kind `.encoding` for a value that PostgreSQL cannot hold.
  func encode(into bytes: inout [UInt8]) throws
}

extension FixedWidthInteger {
  func appendBigEndian(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: bigEndian) { bytes.append(contentsOf: $0) }
  }
}

extension Int: PostgresEncodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into bytes: inout [UInt8]) { Int64(self).appendBigEndian(to: &bytes) }
}

extension Int64: PostgresEncodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
}

extension Int32: PostgresEncodable {
  package static var postgresType: PostgresType { .int4 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
}

extension Int16: PostgresEncodable {
  package static var postgresType: PostgresType { .int2 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
}

extension Bool: PostgresEncodable {
  package static var postgresType: PostgresType { .bool }
  package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension Double: PostgresEncodable {
  package static var postgresType: PostgresType { .float8 }
  package func encode(into bytes: inout [UInt8]) { bitPattern.appendBigEndian(to: &bytes) }
}

extension UUID: PostgresEncodable {
  package static var postgresType: PostgresType { .uuid }
  package func encode(into bytes: inout [UInt8]) {
    withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
  }
}

extension String: PostgresEncodable {
  package static var postgresType: PostgresType { .unspecified }

  /// U+0000 is refused: PostgreSQL's text cannot hold it, and libpq would cut the text there.
  package func encode(into bytes: inout [UInt8]) throws {
    var text = self
    let hasNUL = text.withUTF8 { text in
      bytes.append(contentsOf: text)
      return text.baseAddress.map { memchr($0, 0, text.count) != nil } ?? false
    }
    guard !hasNUL else {
      throw PostgresError.encoding("text holds the character U+0000, which PostgreSQL cannot store")
    }
  }
}

extension Date: PostgresEncodable {
  package static var postgresType: PostgresType { .timestamptz }

  /// Rounded to microseconds; ±infinity become PostgreSQL's.
  package func encode(into bytes: inout [UInt8]) throws {
    try PostgresTimestamp.microseconds(of: self).appendBigEndian(to: &bytes)
  }
}
