import RESTClient

package struct SentryFrame: Sendable, Equatable {
  package var file: String?
  /// For example a Java class, a Python module.
  package var module: String?
  /// Of native code: the library.
  package var package: String?
  package var function: String?
  package var lineNumber: Int?
  package var columnNumber: Int?
  package var address: String?
  package var inApp: Bool
  /// Lines of source around `lineNumber`, by their numbers.
  package var context: [Line]

  package struct Line: Sendable, Equatable {
    package var number: Int
    package var text: String
  }

  init(_ json: JSONValue) {
    file = json["filename"]?.text ?? json["absPath"]?.text
    module = json["module"]?.text
    package = json["package"]?.text
    function = json["function"]?.text ?? json["symbol"]?.text ?? json["rawFunction"]?.text
    lineNumber = json["lineNo"]?.wholeNumber
    columnNumber = json["colNo"]?.wholeNumber
    address = json["instructionAddr"]?.text
    inApp = json["inApp"] == .bool(true)
    context = json.items("context").compactMap { line in
      guard let line = line.arrayValue, line.count == 2, let number = line[0].wholeNumber,
        let text = line[1].stringValue
      else { return nil }
      return Line(number: number, text: text)
    }
  }
}

/// Frames from the outermost to the innermost, as Sentry gives them.
package struct SentryStackTrace: Sendable, Equatable {
  package var frames: [SentryFrame]
  /// How many frames in the middle were not recorded.
  package var omitted: Int

  /// - Returns: nil where there are no frames.
  init?(_ json: JSONValue?) {
    guard let json, case let frames = json.items("frames"), !frames.isEmpty else { return nil }
    self.frames = frames.map(SentryFrame.init)
    // The first and the last one that are missing, counted from 1; the last one is not.
    let range = json.items("framesOmitted").compactMap(\.wholeNumber)
    omitted =
      range.count == 2 ? max(0, range[1].subtractingReportingOverflow(range[0]).partialValue) : 0
  }
}

package struct SentryException: Sendable, Equatable {
  package struct Mechanism: Sendable, Equatable {
    package var type: String?
    package var handled: Bool?
    /// What the operating system calls it, for example `SIGSEGV`.
    package var signals: [String]
  }

  package var type: String?
  package var value: String?
  package var module: String?
  package var threadID: String?
  package var mechanism: Mechanism?
  package var stackTrace: SentryStackTrace?

  /// - Returns: nil for what has neither type nor value nor frames.
  init?(_ json: JSONValue) {
    type = json["type"]?.text
    value = json["value"]?.text
    module = json["module"]?.text
    threadID = json["threadId"]?.text
    stackTrace = SentryStackTrace(json["stacktrace"])
    if let json = json["mechanism"], json != .null {
      let meta = json["meta"]
      var handled: Bool?
      if case .bool(let value)? = json["handled"] { handled = value }
      mechanism = Mechanism(
        type: json["type"]?.text, handled: handled,
        signals: [
          meta?["mach_exception"]?["name"]?.text, meta?["signal"]?["name"]?.text,
          meta?["signal"]?["code_name"]?.text,
        ].compactMap(\.self))
    }
    if type == nil, value == nil, stackTrace == nil { return nil }
  }

  package var title: String {
    let parts = [type, value].compactMap(\.self)
    return parts.isEmpty ? "Exception" : parts.joined(separator: ": ")
  }
}

package struct SentryThread: Sendable, Equatable {
  package var id: String?
  package var name: String?
  package var state: String?
  package var isCrashed: Bool
  package var isCurrent: Bool
  package var stackTrace: SentryStackTrace?

  init?(_ json: JSONValue) {
    guard case .object = json else { return nil }
    id = json["id"]?.text
    name = json["name"]?.text
    state = json["state"]?.text
    isCrashed = json["crashed"] == .bool(true)
    isCurrent = json["current"] == .bool(true)
    stackTrace = SentryStackTrace(json["stacktrace"])
  }
}
