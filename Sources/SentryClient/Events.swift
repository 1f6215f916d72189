package import Foundation
package import RESTClient

/// One event of an issue, as far as a ticket shows it. Every kind of event has some of these parts:
/// what is missing, null or of another type than documented is left out.
package struct SentryEvent: Sendable {
  package typealias Tag = (key: String, value: String)

  package var id: String
  package var createdAt: Date?
  package var platform: String?
  /// In Sentry's order: the newest one is last.
  package var exceptions: [SentryException] = []
  package var threads: [SentryThread] = []
  /// A stack trace that belongs to no exception, as messages can have.
  package var stackTrace: SentryStackTrace?
  package var message: String?
  package var request: SentryRequest?
  package var report: SentrySecurityReport?
  package var spans: [SentrySpan] = []
  package var occurrence: SentryOccurrence?
  package var feedback: SentryFeedback?
  /// The monitor of a cron check-in, by what its facts are called.
  package var monitor: [Tag] = []
  package var contexts: SentryContexts
  package var tags: [Tag]
  package var release: String?
  package var environment: String? { tag("environment") }
  /// What Sentry could not do with the event, for example find its source.
  package var problems: [String]

  package func tag(_ key: String) -> String? { tags.first { $0.key == key }?.value }

  package init(_ json: JSONValue) {
    id = json["eventID"]?.text ?? json["id"]?.text ?? ""
    createdAt = json["dateCreated"]?.text.flatMap(VendorTimestamp.parse)
    platform = json["platform"]?.text
    tags = json.items("tags").compactMap { tag in
      guard let key = tag["key"]?.text, let value = tag["value"]?.text else { return nil }
      return (key, value)
    }
    contexts = SentryContexts(json["contexts"])
    release =
      json["release"]?.text ?? json["release"]?["version"]?.text
      ?? tags.first { $0.key == "release" }?.value
    occurrence = SentryOccurrence(json["occurrence"])
    feedback = SentryFeedback(json)
    monitor = Self.monitor(json["contexts"]?["monitor"])
    problems = json.items("errors").compactMap { error in
      error["message"]?.text.map { message in
        [message, error["data"]?["url"]?.text ?? error["data"]?["name"]?.text]
          .compactMap(\.self).joined(separator: ": ")
      }
    }
    for entry in json.items("entries") {
      if let type = entry["type"]?.text, let data = entry["data"] { read(type, data) }
    }
  }

  private mutating func read(_ type: String, _ data: JSONValue) {
    switch type {
    case "exception": exceptions += data.items("values").compactMap(SentryException.init)
    case "threads": threads += data.items("values").compactMap(SentryThread.init)
    case "stacktrace": stackTrace = SentryStackTrace(data)
    case "template": stackTrace = stackTrace ?? SentryStackTrace(["frames": [data]])
    case "message": message = data["formatted"]?.text ?? data["message"]?.text
    case "request": request = SentryRequest(data)
    case "csp", "hpkp", "expectct", "expectstaple", "nel":
      report = SentrySecurityReport(type, data)
    case "spans": spans = (data.arrayValue ?? []).map(SentrySpan.init)
    default: break
    }
  }

  private static func monitor(_ context: JSONValue?) -> [Tag] {
    guard let context, context["type"]?.text != "default" || context["config"] != nil else {
      return []
    }
    let facts: [(String, JSONValue?)] = [
      ("Monitor", context["name"] ?? context["slug"]), ("Status", context["status"]),
      ("Schedule", context["config"]?["schedule"]), ("Time zone", context["config"]?["timezone"]),
      ("Check-in margin (minutes)", context["config"]?["checkin_margin"]),
      ("Longest run (minutes)", context["config"]?["max_runtime"]),
    ]
    return facts.compactMap { name, value in
      // An interval is `[2, "hour"]`.
      let text =
        value?.text ?? value?.arrayValue.map { $0.compactMap(\.text).joined(separator: " ") }
      return text.map { (name, $0) }
    }
  }
}

extension JSONValue {
  /// A text that is not empty; numbers and truth values as they are written.
  var text: String? {
    switch self {
    case .string(let text): text.isEmpty ? nil : text
    case .integer(let number): String(number)
    case .number(let number): Int(exactly: number).map { String($0) } ?? String(number)
    case .bool(let value): value ? "yes" : "no"
    default: nil
    }
  }

  /// The elements of a list; none where there is no list.
  func items(_ name: String) -> [JSONValue] { self[name]?.arrayValue ?? [] }
}

private struct NoEvent: Error {}

extension SentryClient {
  /// The newest event of an issue.
  ///
  /// - Throws: `RESTError` with status 404 when its events are gone.
  package func latestEvent(issue id: Int64) async throws -> SentryEvent {
    let request = RESTClient.Request(
      "GET", path("issues/\(id)/events/latest/"), endpoint: "issue/event")
    let response = try await rest.send(request)
    do {
      let json = try JSONReader.read(response.body) { try $0.value() }
      guard case .object = json else { throw NoEvent() }
      return SentryEvent(json)
    } catch {
      throw rest.malformed(response, request, error)
    }
  }
}
