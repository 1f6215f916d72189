/// The one place where a vendor's text is made fit to be stored. It is cleaned as text: after it was decoded and
/// before it is encoded again. Editing encoded JSON would also change texts that only speak of `\u0000`.
extension String {
  /// The text without U+0000, which PostgreSQL stores in no text and no jsonb.
  package var storable: String {
    var text = self
    let hasNUL = text.withUTF8 { $0.contains(0) }
    return hasNUL ? text.replacing("\0", with: "") : text
  }
}

extension JSONValue {
  /// The value with all its texts and names storable.
  package var storable: JSONValue {
    switch self {
    case .string(let text): .string(text.storable)
    case .array(let items): .array(items.map(\.storable))
    case .object(let members):
      .object(Dictionary(members.map { ($0.key.storable, $0.value.storable) }) { $1 })
    case .null, .bool, .number, .integer: self
    }
  }

  /// A vendor's JSON text, storable: a half of a surrogate pair and bytes that are not UTF-8 are U+FFFD, and a
  /// number that no Double holds is null.
  ///
  /// - Throws: `JSONReader.Malformed`.
  package init(vendor bytes: [UInt8]) throws {
    self = try JSONReader.read(bytes) { try $0.value() }.storable
  }
}

/// Makes a vendor's JSON text readable for Foundation's decoder, which refuses a whole text for half a surrogate
/// pair in it.
package enum VendorJSON {
  /// The text itself where nothing in it needs care, which is nearly always.
  package static func readable(_ bytes: [UInt8]) -> [UInt8] {
    guard needsCare(bytes), let value = try? JSONValue(vendor: bytes) else { return bytes }
    return value.encoded()
  }

  /// Whether there may be an escaped U+0000 or surrogate, or a number with an exponent of three digits.
  static func needsCare(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      for index in bytes.indices where index + 4 < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: "\\") where bytes[index + 1] == UInt8(ascii: "u"):
          let (first, second) = (bytes[index + 2], bytes[index + 3])
          if first == UInt8(ascii: "0"), second == UInt8(ascii: "0") { return true }
          if first | 0x20 == UInt8(ascii: "d"), second > UInt8(ascii: "7") { return true }
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
          guard index > 0, isDigit(bytes[index - 1]) else { continue }
          let start = isDigit(bytes[index + 1]) ? index + 1 : index + 2
          if start + 2 < bytes.count, bytes[start...(start + 2)].allSatisfy(isDigit) { return true }
        default: continue
        }
      }
      return false
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
