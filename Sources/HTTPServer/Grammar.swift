/// The character sets of RFC 9110 and RFC 3986.
enum Grammar {
  private static let tokens = table("!#$%&'*+-.^_`|~0123456789" + letters)
  private static let hosts = table("-._~%!$&'()*+,;=:[]0123456789" + letters)
  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

  static func isToken(_ byte: UInt8) -> Bool { tokens[byte] }
  static func isHost(_ byte: UInt8) -> Bool { hosts[byte] }
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  /// VCHAR, SP, HTAB and obs-text: no NUL, no CR, no other control character.
  static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 32 && byte != 127) || byte == 9 }

  /// Visible US-ASCII without "#": a fragment is never sent.
  static func isTarget(_ byte: UInt8) -> Bool { byte > 32 && byte < 127 && byte != 35 }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  private static func table(_ characters: String) -> ByteSet {
    var set = ByteSet()
    for byte in characters.utf8 { set.insert(byte) }
    return set
  }
}

/// A set of bytes as 256 bits.
struct ByteSet: Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  subscript(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }
}
