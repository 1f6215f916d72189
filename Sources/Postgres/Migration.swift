import Cryptography
package import Foundation

/// One numbered SQL file, `0001_products.sql`.
package struct Migration: Sendable, Equatable {
  package let version: Int
  package let name: String
  /// SHA-256 of the file in lower-case hexadecimal.
  package let checksum: String
  let sql: String

  package var fileName: String {
    let number = String(version)
    return String(repeating: "0", count: max(0, 4 - number.count)) + number + "_\(name).sql"
  }

  /// Where a migration stands in a database.
  package enum State: Sendable, Equatable {
    case pending
    case applied(at: Date)
  }

  /// The migrations of `directory` in order.
  ///
  /// - Throws: `MigrationError` when there are none, or a file's name or number is not right.
  static func load(from directory: URL) throws -> [Migration] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    } catch {
      throw MigrationError(
        "the migrations cannot be read from \(directory.path): \(error.localizedDescription)")
    }
    let migrations = try names.filter { $0.hasSuffix(".sql") }.sorted().map {
      try Migration(file: directory.appending(path: $0))
    }
    guard !migrations.isEmpty else {
      throw MigrationError("there is no migration in \(directory.path)")
    }
    for (one, next) in zip(migrations, migrations.dropFirst()) where one.version == next.version {
      throw MigrationError(
        "\(one.fileName) and \(next.fileName) have the same number: give one of them the next")
    }
    return migrations
  }

  private init(file: URL) throws {
    let fileName = file.lastPathComponent
    let digits = fileName.prefix(4)
    let rest = fileName.dropFirst(4)
    guard digits.utf8.count == 4, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let version = Int(digits), rest.hasPrefix("_"), rest.utf8.count > 5
    else {
      throw MigrationError("\(fileName) is not named like 0001_products.sql: rename it")
    }
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw MigrationError("\(fileName) cannot be read as UTF-8")
    }
    self.version = version
    name = String(rest.dropFirst().dropLast(4))
    sql = text
    checksum = SHA256Digest.hex(of: Array(text.utf8))
  }
}

/// Why a database is not migrated, and what to do about it.
package struct MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
