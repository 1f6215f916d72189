import Glibc

extension JSONReader {
  /// A string of the text without its quotes and escapes. It may not be kept: its bytes are there
  /// only while the closure runs that it is given to.
  package struct Text {
    package let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Compares bytes: a name is asked for far more often than a `String` of it is wanted.
    @inlinable @inline(__always)
    package static func ~= (text: StaticString, name: Text) -> Bool {
      guard name.bytes.count == text.utf8CodeUnitCount else { return false }
      guard let bytes = name.bytes.baseAddress else { return true }
      return memcmp(bytes, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
  }

  mutating func builtText() throws -> String {
    if let plain = try plain() { return String(decoding: plain, as: UTF8.self) }
    return String(decoding: try unescaped(), as: UTF8.self)
  }

  mutating func skipText() throws {
    if checksSkipped {
      if try plain() == nil { _ = try unescaped() }
      return
    }
    position += 1
    while true {
      position = stop(from: position)
      guard position < bytes.count else { throw malformed() }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
  }

  /// The string that begins here; nil, and nothing is passed, when it holds an escape.
  mutating func plain() throws -> UnsafeBufferPointer<UInt8>? {
    let start = position &+ 1
    let end = stop(from: start)
    if end < bytes.count {
      if bytes[end] == UInt8(ascii: "\"") {
        position = end &+ 1
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
      }
      if bytes[end] == UInt8(ascii: "\\") { return nil }
    }
    position = end
    throw malformed()
  }

  /// The string that begins here, each escape replaced by what it stands for.
  mutating func unescaped() throws -> [UInt8] {
    var utf8: [UInt8] = []
    position += 1
    while true {
      let end = stop(from: position)
      utf8.append(contentsOf: bytes[position..<end])
      position = end
      guard position < bytes.count else { throw malformed() }
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return utf8 }
      guard byte == UInt8(ascii: "\\") else { throw malformed() }
      try escape(into: &utf8)
    }
  }

  /// The first quote, backslash or control character from `start` on, or the end: eight bytes are
  /// looked at together, as most of a text is passed over by this.
  @inline(__always)
  private func stop(from start: Int) -> Int {
    var place = start
    let raw = UnsafeRawBufferPointer(bytes)
    while place &+ 8 <= bytes.count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      let quotes = Self.zeros(word ^ Self.each(UInt8(ascii: "\"")))
      let backslashes = Self.zeros(word ^ Self.each(UInt8(ascii: "\\")))
      let controls = (word &- Self.each(32)) & ~word
      let found = (quotes | backslashes | controls) & Self.each(0x80)
      if found != 0 { return place &+ found.trailingZeroBitCount >> 3 }
      place &+= 8
    }
    while place < bytes.count {
      let byte = bytes[place]
      if byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
      place &+= 1
    }
    return place
  }

  @inline(__always)
  private static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// The high bit of each byte that is zero; behind the first one others may be set too.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- each(1)) & ~word }

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
