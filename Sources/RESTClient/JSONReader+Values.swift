extension JSONReader {
  /// Any value as a tree, for what has no fixed shape.
  package mutating func value() throws -> JSONValue {
    switch next() {
    case UInt8(ascii: "{")?:
      var members: [String: JSONValue] = [:]
      try object { members[$0.string] = try $1.value() }
      return .object(members)
    case UInt8(ascii: "[")?:
      var elements: [JSONValue] = []
      try array { elements.append(try $0.value()) }
      return .array(elements)
    case UInt8(ascii: "\"")?: return .string(try builtText())
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

  /// A string, or a whole number as text; nil for anything else, which is passed over.
  package mutating func lenientText() throws -> String? {
    switch next() {
    case UInt8(ascii: "\"")?: return try builtText()
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
    return try builtText()
  }

  /// Calls `body` with a string that need not be built.
  ///
  /// - Returns: false for anything else, which is passed over.
  @discardableResult
  package mutating func text(_ body: (Text) throws -> Void) throws -> Bool {
    guard next() == UInt8(ascii: "\"") else {
      try skip()
      return false
    }
    if let plain = try plain() {
      try body(Text(plain))
    } else {
      try unescaped().withUnsafeBufferPointer { try body(Text($0)) }
    }
    return true
  }

  mutating func literal(_ text: StaticString) throws {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count,
      bytes[position..<end].elementsEqual(
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    else { throw malformed() }
    position = end
  }

  mutating func number() throws -> JSONValue {
    let start = position
    var isWhole = true
    scan: while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
        isWhole = false
      default: break scan
      }
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let number = Int64(text) { return .integer(number) }
    guard let number = Double(text) else { throw malformed() }
    // A number that no Double holds must not cost the whole text.
    return number.isFinite ? .number(number) : .null
  }
}
