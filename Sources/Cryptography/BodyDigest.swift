import COpenSSL

/// The HMAC-SHA-256 and the SHA-256 of a message that arrives in pieces.
package struct BodyDigest: ~Copyable {
  private let code: DigestContext
  private let digest: DigestContext

  /// - Parameter key: at least one byte.
  /// - Throws: `CryptographyError.operation`.
  package init(key: [UInt8]) throws {
    let code = try DigestContext()
    let digest = try DigestContext()
    let secret = EVP_PKEY_new_mac_key(EVP_PKEY_HMAC, nil, key, Int32(key.count))
    defer { EVP_PKEY_free(secret) }
    guard secret != nil, EVP_DigestSignInit(code.raw, nil, EVP_sha256(), nil, secret) == 1,
      EVP_DigestInit_ex(digest.raw, EVP_sha256(), nil) == 1
    else { throw CryptographyError.operation("SHA-256 cannot be started") }
    self.code = code
    self.digest = digest
  }

  package mutating func update(_ piece: [UInt8]) throws {
    guard EVP_DigestSignUpdate(code.raw, piece, piece.count) == 1,
      EVP_DigestUpdate(digest.raw, piece, piece.count) == 1
    else { throw CryptographyError.operation("SHA-256 failed") }
  }

  /// - Returns: the authentication code and the digest, each as 64 lower-case hexadecimal characters.
  package consuming func finish() throws -> (code: String, digest: String) {
    var signature = [UInt8](repeating: 0, count: 32)
    var length = signature.count
    var sum = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestSignFinal(code.raw, &signature, &length) == 1,
      EVP_DigestFinal_ex(digest.raw, &sum, nil) == 1
    else { throw CryptographyError.operation("SHA-256 failed") }
    return (signature.hexadecimal, sum.hexadecimal)
  }
}

/// Owns one OpenSSL message digest context.
private struct DigestContext: ~Copyable {
  let raw: OpaquePointer

  init() throws {
    guard let raw = EVP_MD_CTX_new() else {
      throw CryptographyError.operation("no memory for a message digest")
    }
    self.raw = raw
  }

  deinit { EVP_MD_CTX_free(raw) }
}
