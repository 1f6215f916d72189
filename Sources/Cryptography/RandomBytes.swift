import COpenSSL

/// Random bytes from the operating system's generator by way of OpenSSL.
package enum RandomBytes {
  /// `count` bytes.
  ///
  /// - Throws: `CryptographyError.noEntropy` when the generator is not seeded.
  package static func make(count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptographyError.noEntropy }
    return bytes
  }
}

package enum CryptographyError: Error, Equatable {
  /// The random generator could not be seeded.
  case noEntropy
  /// A key has not exactly 32 bytes.
  case keyLength(Int)
  /// The text was sealed with another key, for another purpose, or was changed.
  case notAuthentic
  /// OpenSSL refused an operation.
  case operation(String)
}
