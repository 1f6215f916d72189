import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256Digest {
  /// The digest of `message`: 32 bytes.
  package static func digest(of message: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(message)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256(bytes, bytes.count, &digest)
    return digest
  }

  /// The digest in lower-case hexadecimal: 64 characters.
  package static func hex(of message: some Sequence<UInt8>) -> String {
    digest(of: message).hexadecimal
  }
}

extension Array where Element == UInt8 {
  /// Two lower-case hexadecimal characters a byte.
  package var hexadecimal: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 2)
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
