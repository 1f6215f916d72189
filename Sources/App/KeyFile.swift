import Cryptography
import Foundation

/// The key that seals stored secrets, where none is configured: kept in the data folder.
enum KeyFile {
  /// Reads the key, or makes one: mode 0600, never overwritten.
  static func loadOrCreate(in directory: URL) throws -> [UInt8] {
    let path = directory.appending(path: "secret.key").path
    if let data = FileManager.default.contents(atPath: path) {
      let text = String(decoding: data, as: UTF8.self).trimmingCharacters(
        in: .whitespacesAndNewlines)
      guard let key = Data(base64Encoded: text), key.count == AESGCM.keyBytes else {
        throw Configuration.Invalid("\(path) is damaged: it must hold the base64 of 32 bytes.")
      }
      return Array(key)
    }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let key = try RandomBytes.make(count: AESGCM.keyBytes)
    let text = Data(key).base64EncodedString() + "\n"
    // Whole or not at all, and only if nobody was faster.
    let temporary = path + ".\(UUID().uuidString)"
    let made = FileManager.default.createFile(
      atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard made else { throw Configuration.Invalid("\(directory.path) cannot be written to.") }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    guard link(temporary, path) == 0 else { return try loadOrCreate(in: directory) }
    return key
  }
}
