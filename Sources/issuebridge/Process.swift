import App
import ArgumentParser
import Foundation
import Logging

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

  static func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
