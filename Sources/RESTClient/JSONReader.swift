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

  let bytes: UnsafeBufferPointer<UInt8>
  /// Where in the text it has come to.
  package internal(set) var position = 0
  private var depth = 0
  private let deepest: Int
  /// Whether the texts that are passed over are looked at as closely as those that are built.
  package var checksSkipped = false

  /// - Parameter bytes: must outlive the reader.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.init(bytes, deepest: Self.deepest) }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, deepest: Int) {
    self.bytes = bytes
    self.deepest = deepest
  }

  /// Reads one value that is the whole text.
  ///
  /// - Parameter deepest: nesting; more only for a text that was written here.
  package static func read<T>(
    _ bytes: [UInt8], deepest: Int = Self.deepest, _ body: (inout JSONReader) throws -> T
  ) throws -> T {
    try bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, deepest: deepest)
      let value = try body(&reader)
      guard reader.next() == nil else { throw reader.malformed() }
      return value
    }
  }

  package mutating func isAtObject() -> Bool { next() == UInt8(ascii: "{") }

  /// Reads a value once more that began at `position`.
  package func value(at position: Int) throws -> JSONValue {
    var reader = self
    reader.position = position
    return try reader.value()
  }

  package func bytes(at place: Range<Int>) -> [UInt8] { Array(bytes[place]) }

  func malformed() -> Malformed { Malformed("it is no JSON at byte \(position)") }

  /// The first byte of what comes next, blanks left out; nil at the end.
  @inline(__always)
  mutating func next() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      if byte > 32 { return byte }
      guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return byte }
      position &+= 1
    }
    return nil
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8) -> Bool {
    guard next() == byte else { return false }
    position &+= 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard take(byte) else { throw malformed() }
  }

  private mutating func enter() throws {
    position += 1
    depth += 1
    guard depth <= deepest else { throw Malformed("it is nested too deeply") }
  }

  /// Calls `member` for each member of an object; it must read or skip the value.
  ///
  /// - Returns: false for anything else, which is passed over.
  @discardableResult
  package mutating func object(_ member: (Text, inout JSONReader) throws -> Void) throws -> Bool {
    guard next() == UInt8(ascii: "{") else {
      try skip()
      return false
    }
    try enter()
    defer { depth -= 1 }
    if take(UInt8(ascii: "}")) { return true }
    repeat {
      guard next() == UInt8(ascii: "\"") else { throw malformed() }
      if let name = try plain() {
        try expect(UInt8(ascii: ":"))
        try member(Text(name), &self)
      } else {
        let name = try unescaped()
        try expect(UInt8(ascii: ":"))
        try name.withUnsafeBufferPointer { try member(Text($0), &self) }
      }
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
}
