import Foundation
package import Logging
import RESTClient

/// Writes one JSON object per line to standard error.
package struct JSONLogHandler: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  package init() {}

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var object: [String: JSONValue] = [:]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
      object[key] = .string("\(value)")
    }
    object["time"] = .string(Date.now.formatted(Self.time))
    object["level"] = .string(event.level.rawValue)
    object["message"] = .string("\(event.message)")
    LogWriter.standardError.write(JSONValue.object(object).encoded())
  }
}
