import RESTClient

/// One event of an issue, as far as a ticket shows it.
package struct SentryEvent: Sendable, Decodable {
  package struct Frame: Sendable, Equatable {
    package var file: String?
    package var function: String?
    package var lineNumber: Int?
    package var inApp: Bool

    /// For example `src/cart.py in checkout at line 17`.
    package var line: String {
      var text = file ?? "?"
      if let function { text += " in \(function)" }
      if let lineNumber { text += " at line \(lineNumber)" }
      return text
    }
  }

  package struct ExceptionValue: Sendable, Equatable {
    package var type: String?
    package var value: String?
    /// Outermost first, as Sentry gives them.
    package var frames: [Frame]

    package var title: String {
      [type, value].compactMap(\.self).joined(separator: ": ")
    }
  }

  package var id: String
  package var exceptions: [ExceptionValue]
  package var tags: [(key: String, value: String)]
  package var environment: String? { tags.first { $0.key == "environment" }?.value }
  package var release: String?

  private enum CodingKeys: String, CodingKey { case eventID, id, entries, tags, release }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.eventID) ?? container.lenientText(.id) ?? ""
    let entries = container.optional([JSONValue].self, .entries) ?? []
    exceptions = entries.filter { $0["type"] == .string("exception") }.flatMap(Self.exceptions)
    tags = (container.optional([JSONValue].self, .tags) ?? []).compactMap { tag in
      guard let key = tag["key"]?.stringValue, let value = tag["value"]?.stringValue else {
        return nil
      }
      return (key, value)
    }
    let release = container.optional(JSONValue.self, .release)
    self.release =
      release?.stringValue ?? release?["version"]?.stringValue
      ?? tags.first { $0.key == "release" }?.value
  }

  private static func exceptions(_ entry: JSONValue) -> [ExceptionValue] {
    (entry["data"]?["values"]?.arrayValue ?? []).map { value in
      ExceptionValue(
        type: value["type"]?.stringValue, value: value["value"]?.stringValue,
        frames: (value["stacktrace"]?["frames"]?.arrayValue ?? []).map { frame in
          Frame(
            file: frame["filename"]?.stringValue ?? frame["module"]?.stringValue
              ?? frame["absPath"]?.stringValue,
            function: frame["function"]?.stringValue, lineNumber: frame["lineNo"]?.wholeNumber,
            inApp: frame["inApp"] == .bool(true))
        })
    }
  }
}

extension SentryClient {
  /// The newest event of an issue.
  ///
  /// - Throws: `RESTError` with status 404 when its events are gone.
  package func latestEvent(issue id: Int64) async throws -> SentryEvent {
    let request = RESTClient.Request(
      "GET", path("issues/\(id)/events/latest/"), endpoint: "issue/event")
    return try await rest.decode(SentryEvent.self, request)
  }
}
