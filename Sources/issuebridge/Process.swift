import App
import ArgumentParser
import Foundation
import Logging
import Postgres

/// What every command does first.
enum Process {
  /// - Throws: `ValidationError` (exit code 64 by sysexits) that names the setting.
  static func configuration() throws -> Configuration {
    do {
      return try Configuration(environment: ProcessInfo.processInfo.environment)
    } catch {
      throw ValidationError("\(error)")
    }
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
    guard let error = error as? PostgresError, error.kind == .connection else { return "\(error)" }
    return "\(error)\nCheck DATABASE_URL, and that PostgreSQL runs there and lets this user in."
  }

  static func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
