import COpenSSL

/// Whether two secrets are equal, in a time that depends on their length only.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// As `constantTimeEquals` for bytes, over the strings' UTF-8.
package func constantTimeEquals(_ left: String, _ right: String) -> Bool {
  constantTimeEquals(Array(left.utf8), Array(right.utf8))
}
