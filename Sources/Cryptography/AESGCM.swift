import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag.
package enum AESGCM {
  package static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16

  /// Encrypts and authenticates `plain`; `purpose` is authenticated too and must be given again to
  /// open it, so that a sealed text cannot be moved to another place.
  ///
  /// - Returns: nonce, cipher text and tag, one after the other. The nonce is random: one key may
  ///   seal 2³² texts (SP 800-38D, 8.3).
  package static func seal(_ plain: [UInt8], key: [UInt8], purpose: [UInt8]) throws -> [UInt8] {
    let nonce = try RandomBytes.make(count: nonceBytes)
    return try seal(plain, key: key, nonce: nonce, purpose: purpose)
  }

  static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], purpose: [UInt8]) throws
    -> [UInt8]
  {
    let context = try CipherContext(key: key)
    var cipher = [UInt8](repeating: 0, count: plain.count)
    var tag = [UInt8](repeating: 0, count: tagBytes)
    var length: Int32 = 0
    let done =
      EVP_EncryptInit_ex(context.raw, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_EncryptUpdate(context.raw, nil, &length, purpose, Int32(purpose.count)) == 1
      && EVP_EncryptUpdate(context.raw, &cipher, &length, plain, Int32(plain.count)) == 1
      && EVP_EncryptFinal_ex(context.raw, nil, &length) == 1
      && EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), &tag) == 1
    guard done else { throw CryptographyError.operation("AES-256-GCM encryption failed") }
    return nonce + cipher + tag
  }

  /// The text that `seal` was given.
  ///
  /// - Throws: `CryptographyError.notAuthentic` for another key, another purpose or changed bytes.
  package static func open(_ sealed: [UInt8], key: [UInt8], purpose: [UInt8]) throws -> [UInt8] {
    guard sealed.count >= nonceBytes + tagBytes else { throw CryptographyError.notAuthentic }
    let context = try CipherContext(key: key)
    let nonce = Array(sealed.prefix(nonceBytes))
    let cipher = Array(sealed.dropFirst(nonceBytes).dropLast(tagBytes))
    var tag = Array(sealed.suffix(tagBytes))
    var plain = [UInt8](repeating: 0, count: cipher.count)
    var length: Int32 = 0
    let done =
      EVP_DecryptInit_ex(context.raw, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_DecryptUpdate(context.raw, nil, &length, purpose, Int32(purpose.count)) == 1
      && EVP_DecryptUpdate(context.raw, &plain, &length, cipher, Int32(cipher.count)) == 1
      && EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
      && EVP_DecryptFinal_ex(context.raw, nil, &length) == 1
    guard done else { throw CryptographyError.notAuthentic }
    return plain
  }
}

/// Owns one OpenSSL cipher context.
private struct CipherContext: ~Copyable {
  let raw: OpaquePointer

  init(key: [UInt8]) throws {
    guard key.count == AESGCM.keyBytes else { throw CryptographyError.keyLength(key.count) }
    guard let raw = EVP_CIPHER_CTX_new() else {
      throw CryptographyError.operation("no memory for a cipher context")
    }
    self.raw = raw
  }

  deinit { EVP_CIPHER_CTX_free(raw) }
}
