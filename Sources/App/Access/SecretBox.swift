import Cryptography
import Foundation

/// Seals the secrets that are kept in the database: AES-256-GCM, bound to the place they are kept
/// at, under a key whose id travels with the text.
package struct SecretBox: Sendable {
  private let key: [UInt8]
  private let keyID: String

  /// - Parameter key: 32 bytes.
  /// - Throws: `CryptographyError.keyLength` for another length.
  package init(key: [UInt8]) throws {
    guard key.count == AESGCM.keyBytes else { throw CryptographyError.keyLength(key.count) }
    self.key = key
    keyID = String(SHA256Digest.hex(of: key).prefix(8))
  }

  /// - Parameter place: for example `jira_organizations.api_token`.
  func seal(_ secret: String, place: String) throws -> String {
    let sealed = try AESGCM.seal(Array(secret.utf8), key: key, purpose: Array(place.utf8))
    return "v1:\(keyID):" + Data(sealed).base64EncodedString()
  }

  /// - Throws: a 500 that says which key is missing when the secret was sealed under another one.
  func open(_ text: String, place: String) throws -> String {
    let parts = text.split(separator: ":")
    guard parts.count == 3, parts[0] == "v1", let sealed = Data(base64Encoded: String(parts[2]))
    else { throw Self.unreadable("A stored secret (\(place)) is damaged; set it again.") }
    guard parts[1] == keyID else {
      throw Self.unreadable(
        "A stored secret (\(place)) was sealed under the key \(parts[1]), this process has "
          + "\(keyID); set ISSUEBRIDGE_SECRET_KEY to the former key, or set the secret again.")
    }
    do {
      let plain = try AESGCM.open(Array(sealed), key: key, purpose: Array(place.utf8))
      return String(decoding: plain, as: UTF8.self)
    } catch {
      throw Self.unreadable("A stored secret (\(place)) is damaged; set it again.")
    }
  }

  private static func unreadable(_ detail: String) -> Problem {
    Problem(500, "secret-unreadable", "Secret unreadable", detail)
  }
}
