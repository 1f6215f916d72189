import App
import Foundation
import HTTPServer
import Logging
import Postgres

/// What every command does first.
enum Process {
  /// - Throws: `Configuration.Invalid`, which names the setting.
  static func configuration() throws -> Configuration {
    try Configuration(environment: ProcessInfo.processInfo.environment)
  }

  /// - Parameter level: the least that is written, unless the configuration asks for less.
  static func logger(_ configuration: Configuration, level: Logger.Level = .trace) -> Logger {
    var logger = Logger(label: "issuebridge") { _ in JSONLogHandler() }
    logger.logLevel = max(configuration.logLevel, level)
    return logger
  }

  /// Runs `body` over the configured database and closes it afterwards; only warnings are logged.
  static func withServices<T>(_ body: (Services) async throws -> T) async throws -> T {
    let configuration = try configuration()
    let runtime = try await Runtime.start(
      configuration, logger: logger(configuration, level: .warning))
    let value: T
    do {
      value = try await body(runtime.services)
    } catch {
      await runtime.stop()
      throw error
    }
    await runtime.stop()
    return value
  }

  /// An error in words, with what to do where that is known.
  static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as PostgresError where error.kind == .connection:
      "\(error)\nCheck DATABASE_URL, and that PostgreSQL runs there and lets this user in."
    case is ListenError:
      "\(error)\nChoose another port or host (issuebridge help), or end what listens there."
    case is MigrationError:
      "\(error)\nISSUEBRIDGE_MIGRATIONS_DIR says where the migrations of this version are."
    default: "\(error)"
    }
  }

  static func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
