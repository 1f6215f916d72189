import Cryptography
package import Foundation
package import Logging
package import RESTClient

/// How the service runs; from the environment, with `serve`'s flags before it.
package struct Configuration: Sendable {
  /// nil: a private PostgreSQL is run under the data folder.
  package var databaseURL: String?
  package var dataDirectory: URL
  package var host: String
  package var port: Int
  /// Where clients and vendors reach the service; without a trailing slash.
  package var publicURL: String?
  /// 32 bytes; nil: one is made and kept in the data folder.
  package var secretKey: [UInt8]?
  package var adminToken: String?
  package var vendorHosts: VendorHostPolicy
  /// For one try of one request to a vendor.
  package var vendorTimeout: Duration = .seconds(30)
  package var databaseConnections: Int
  package var logLevel: Logger.Level
  package var corsOrigins: [String]
  /// Whose word on the client's address is taken.
  package var trustedProxies: TrustedProxies
  /// Jobs done at the same time; 0: this process only serves.
  package var workers: Int
  /// Issues that a first sync of Jira must be expected to bring before the indexes of lists are dropped
  /// for it and built afterwards; 0: never.
  package var fewestIssuesToDeferIndexes: Int
  /// What one token may ask; 0: as much as it likes.
  package var requestsPerMinute: Int
  /// Requests with wrong credentials that one client address may send before they are slowed down; 0: as
  /// many as it likes.
  package var failuresPerMinute: Int
  package var healthWeights: HealthWeights
  package var retention: Retention
  /// The folder with `NNNN_name.sql`.
  package var migrationsDirectory: URL
  /// The folder with the console's `index.html`.
  package var consoleDirectory: URL
  /// The folder with what scripts/bootstrap fetches for the console.
  package var assetsDirectory: URL
  /// The document of the API.
  package var openAPIFile: URL

  /// Whether clients come by TLS.
  var hasTLSFront: Bool { publicURL?.lowercased().hasPrefix("https://") ?? false }

  /// A setting that cannot be used, and what to do.
  package struct Invalid: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
  }

  /// Reads the environment.
  ///
  /// - Throws: `Configuration.Invalid`, which names the variable.
  package init(environment: [String: String]) throws {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    func integer(_ name: String, _ range: ClosedRange<Int>, otherwise: Int) throws -> Int {
      guard let text = value(name) else { return otherwise }
      guard let number = Int(text), range.contains(number) else {
        throw Invalid(
          "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
      }
      return number
    }
    databaseURL = try value("DATABASE_URL") ?? Self.file(value("DATABASE_URL_FILE"))
    dataDirectory = URL(filePath: value("ISSUEBRIDGE_DATA_DIR") ?? ".issuebridge")
    host = value("ISSUEBRIDGE_HOST") ?? "127.0.0.1"
    port = try integer("ISSUEBRIDGE_PORT", 0...65_535, otherwise: 8080)
    publicURL = try value("ISSUEBRIDGE_PUBLIC_URL").map(Self.publicURL)
    let key = try value("ISSUEBRIDGE_SECRET_KEY") ?? Self.file(value("ISSUEBRIDGE_SECRET_KEY_FILE"))
    secretKey = try key.map(Self.secretKey)
    adminToken =
      try value("ISSUEBRIDGE_ADMIN_TOKEN") ?? Self.file(value("ISSUEBRIDGE_ADMIN_TOKEN_FILE"))
    do {
      vendorHosts = try VendorHostPolicy.parse(
        value("ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS") ?? VendorHostPolicy.standard)
    } catch {
      throw Invalid("ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS: \(error).")
    }
    databaseConnections = try integer("ISSUEBRIDGE_DB_CONNECTIONS", 1...200, otherwise: 8)
    workers = try integer("ISSUEBRIDGE_WORKERS", 0...200, otherwise: 4)
    fewestIssuesToDeferIndexes = try integer(
      "ISSUEBRIDGE_DEFER_INDEXES_FROM", 0...1_000_000_000, otherwise: 20_000)
    requestsPerMinute = try integer(
      "ISSUEBRIDGE_REQUESTS_PER_MINUTE", 0...10_000_000, otherwise: 12_000)
    failuresPerMinute = try integer(
      "ISSUEBRIDGE_FAILURES_PER_MINUTE", 0...10_000_000, otherwise: 120)
    do {
      healthWeights = try HealthWeights(parsing: value("ISSUEBRIDGE_HEALTH_WEIGHTS") ?? "")
    } catch {
      throw Invalid("ISSUEBRIDGE_HEALTH_WEIGHTS: \(error).")
    }
    do {
      retention = try Retention(parsing: value("ISSUEBRIDGE_RETENTION") ?? "")
    } catch {
      throw Invalid("ISSUEBRIDGE_RETENTION: \(error).")
    }
    let level = value("ISSUEBRIDGE_LOG_LEVEL") ?? "info"
    guard let logLevel = Logger.Level(rawValue: level.lowercased()) else {
      throw Invalid("ISSUEBRIDGE_LOG_LEVEL must be trace, debug, info, notice, warning or error.")
    }
    self.logLevel = logLevel
    corsOrigins = (value("ISSUEBRIDGE_CORS_ORIGINS") ?? "").split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    trustedProxies = try TrustedProxies(parsing: value("ISSUEBRIDGE_TRUSTED_PROXIES") ?? "")
    migrationsDirectory = Self.installed(
      "migrations", with: "0001_products.sql", value("ISSUEBRIDGE_MIGRATIONS_DIR"))
    consoleDirectory = Self.installed(
      "Console", with: "index.html", value("ISSUEBRIDGE_CONSOLE_DIR"))
    assetsDirectory = Self.installed(
      ".assets", with: "bootstrap.min.css", value("ISSUEBRIDGE_ASSETS_DIR"))
    openAPIFile = Self.installed("", with: "openapi.yaml", nil).appending(path: "openapi.yaml")
    if let adminToken, adminToken.utf8.count < 16 {
      throw Invalid("ISSUEBRIDGE_ADMIN_TOKEN must have at least 16 characters.")
    }
    if databaseURL != nil, secretKey == nil {
      throw Invalid(
        "ISSUEBRIDGE_SECRET_KEY is required with DATABASE_URL; make one with: openssl rand -base64 32"
      )
    }
  }

  /// A secret given as a file, as container platforms do.
  private static func file(_ path: String?) throws -> String? {
    guard let path else { return nil }
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw Invalid("The secret file \(path) cannot be read.")
    }
  }

  private static func publicURL(_ text: String) throws -> String {
    let parts = URLComponents(string: text)
    guard let parts, ["http", "https"].contains(parts.scheme?.lowercased()),
      parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
    else {
      throw Invalid(
        "ISSUEBRIDGE_PUBLIC_URL must be an address such as https://issuebridge.example.com.")
    }
    return String(text.trimmingSuffix("/"))
  }

  private static func secretKey(_ base64: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: base64), data.count == AESGCM.keyBytes else {
      throw Invalid(
        "ISSUEBRIDGE_SECRET_KEY must be the base64 of 32 bytes; make one with: "
          + "openssl rand -base64 32")
    }
    return Array(data)
  }

  /// A folder of the project: where it was said to be, in the working folder, where a package
  /// installs it, or above the executable, as in a build.
  private static func installed(_ name: String, with file: String, _ path: String?) -> URL {
    if let path { return URL(filePath: path) }
    var folders = [URL(filePath: "."), URL(filePath: "/usr/share/issuebridge")]
    if let executable = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      var folder = executable.deletingLastPathComponent()
      for _ in 0..<4 {
        folders.append(folder)
        folder.deleteLastPathComponent()
      }
    }
    let candidates = folders.map { name.isEmpty ? $0 : $0.appending(path: name) }
    let found = candidates.first {
      FileManager.default.fileExists(atPath: $0.appending(path: file).path)
    }
    return found ?? candidates[0]
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: Character) -> Substring {
    var text = self[...]
    while text.last == suffix { text.removeLast() }
    return text
  }
}
