import COpenSSL

/// HMAC with SHA-256 (RFC 2104), as Jira and Sentry sign their webhooks.
package enum HMACSHA256 {
  /// The authentication code of `message`: 32 bytes.
  package static func digest(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    // A null key pointer would mean "reuse the last key", so an empty key still gets an address.
    let anchoredKey = key.isEmpty ? [0] : key
    HMAC(
      EVP_sha256(), anchoredKey, Int32(key.count), message, message.count, &code, &length)
    return code
  }

  /// The authentication code in lower-case hexadecimal: 64 characters.
  package static func hexDigest(of message: [UInt8], key: [UInt8]) -> String {
    digest(of: message, key: key).hexadecimal
  }
}
