import Foundation

/// Reads a JSON text (RFC 8259) from its bytes, once, from front to back: what is not wanted is passed
/// over and never built. Lenient as the decoders beside it: a member of another type than wanted is nil.
package struct JSONReader {
  /// Deepest nesting that is read.
  static let deepest = 256

  /// What is wrong with a text.
  package struct Malformed: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  /// - Parameter bytes: must outlive the reader.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Reads one value that is the whole text.
  package static func read<T>(
    _ bytes: [UInt8], _ body: (inout JSONReader) throws -> T
  ) throws -> T {
    try bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer)
      let value = try body(&reader)
      guard reader.next() == nil else { throw reader.malformed() }
      return value
    }
  }

  private func malformed() -> Malformed { Malformed("it is no JSON at byte \(position)") }

  /// The first byte of what comes next, blanks left out; nil at the end.
  private mutating func next() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return byte }
      position += 1
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next() == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard take(byte) else { throw malformed() }
  }

  private mutating func enter() throws {
    position += 1
    depth += 1
    guard depth <= Self.deepest else { throw Malformed("it is nested too deeply") }
  }

  /// Calls `member` for each member of an object; it must read or skip the value.
  ///
  /// - Returns: false for anything else, which is passed over.
  @discardableResult
  package mutating func object(_ member: (String, inout JSONReader) throws -> Void) throws -> Bool {
    guard next() == UInt8(ascii: "{") else {
      try skip()
      return false
    }
    try enter()
    defer { depth -= 1 }
    if take(UInt8(ascii: "}")) { return true }
    repeat {
      guard next() == UInt8(ascii: "\"") else { throw malformed() }
      let name = try text()
      try expect(UInt8(ascii: ":"))
      try member(name, &self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
    return true
  }

  /// Calls `element` for each element of an array; it must read or skip it.
  ///
  /// - Returns: false for anything else, which is passed over.
  @discardableResult
  package mutating func array(_ element: (inout JSONReader) throws -> Void) throws -> Bool {
    guard next() == UInt8(ascii: "[") else {
      try skip()
      return false
    }
    try enter()
    defer { depth -= 1 }
    if take(UInt8(ascii: "]")) { return true }
    repeat { try element(&self) } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return true
  }

  /// A string, or a whole number as text; nil for anything else, which is passed over.
  package mutating func lenientText() throws -> String? {
    switch next() {
    case UInt8(ascii: "\"")?: return try text()
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
      if case .integer(let number) = try number() { return String(number) }
      return nil
    default:
      try skip()
      return nil
    }
  }

  /// A string; nil for anything else, which is passed over.
  package mutating func string() throws -> String? {
    guard next() == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    return try text()
  }

  /// Any value as a tree, for what has no fixed shape.
  package mutating func value() throws -> JSONValue {
    switch next() {
    case UInt8(ascii: "{")?:
      var members: [String: JSONValue] = [:]
      try object { members[$0] = try $1.value() }
      return .object(members)
    case UInt8(ascii: "[")?:
      var elements: [JSONValue] = []
      try array { elements.append(try $0.value()) }
      return .array(elements)
    case UInt8(ascii: "\"")?: return .string(try text())
    case UInt8(ascii: "t")?:
      try literal("true")
      return .bool(true)
    case UInt8(ascii: "f")?:
      try literal("false")
      return .bool(false)
    case UInt8(ascii: "n")?:
      try literal("null")
      return .null
    default: return try number()
    }
  }

  /// Passes over any value.
  package mutating func skip() throws {
    switch next() {
    case UInt8(ascii: "{")?: try object { try $1.skip() }
    case UInt8(ascii: "[")?: try array { try $0.skip() }
    case UInt8(ascii: "\"")?: try skipText()
    case UInt8(ascii: "t")?: try literal("true")
    case UInt8(ascii: "f")?: try literal("false")
    case UInt8(ascii: "n")?: try literal("null")
    default: _ = try number()
    }
  }

  private mutating func literal(_ text: StaticString) throws {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count,
      bytes[position..<end].elementsEqual(
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    else { throw malformed() }
    position = end
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    var isWhole = true
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
        isWhole = false
      default:
        return try number(String(decoding: bytes[start..<position], as: UTF8.self), isWhole)
      }
      position += 1
    }
    return try number(String(decoding: bytes[start..<position], as: UTF8.self), isWhole)
  }

  private func number(_ text: String, _ isWhole: Bool) throws -> JSONValue {
    if isWhole, let number = Int64(text) { return .integer(number) }
    guard let number = Double(text), number.isFinite else { throw malformed() }
    return .number(number)
  }
}

extension JSONReader {
  private mutating func skipText() throws {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return
      }
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    throw malformed()
  }

  /// The string that begins here.
  private mutating func text() throws -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: bytes[start..<position - 1], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
      guard byte >= 32 else { break }
      position += 1
    }
    throw malformed()
  }

  private mutating func escapedText(from start: Int) throws -> String {
    var utf8 = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: utf8, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &utf8)
      case 0..<32: throw malformed()
      default: utf8.append(byte)
      }
    }
    throw malformed()
  }

  private mutating func escape(into utf8: inout [UInt8]) throws {
    guard position < bytes.count else { throw malformed() }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
    case UInt8(ascii: "b"): utf8.append(8)
    case UInt8(ascii: "f"): utf8.append(12)
    case UInt8(ascii: "n"): utf8.append(10)
    case UInt8(ascii: "r"): utf8.append(13)
    case UInt8(ascii: "t"): utf8.append(9)
    case UInt8(ascii: "u"):
      var code = UInt32(try unit())
      if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let low = UInt32(try unit())
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position = mark
        }
      }
      // Half of a pair stands for nothing.
      utf8.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default: throw malformed()
    }
  }

  private mutating func unit() throws -> UInt16 {
    guard position + 4 <= bytes.count else { throw malformed() }
    let text = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    guard let unit = UInt16(text, radix: 16), !text.hasPrefix("+") else { throw malformed() }
    position += 4
    return unit
  }
}
