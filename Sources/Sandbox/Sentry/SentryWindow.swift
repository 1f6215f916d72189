import Foundation
import HTTPServer
import HTTPTypes

/// The days that a list of issues is about: what had no event in them is not listed, and counts and times
/// are those of these days. Source: Sentry's api/utils.py (get_date_range_from_params).
struct SentryWindow: Sendable {
  var start: Date
  var end: Date

  /// Reads `statsPeriod`, or `start` and `end`; without them all that Sentry keeps.
  ///
  /// - Throws: a 400 for a period that Sentry does not know.
  init(_ request: Request, retentionDays: Int, now: Date = Date()) throws {
    let kept = now.addingTimeInterval(-Double(retentionDays) * 86_400)
    end = now
    start = now.addingTimeInterval(-90 * 86_400)
    if let period = request.queryValue("statsPeriod") {
      guard let seconds = Self.seconds(period) else {
        throw HTTPError(.badRequest, "Invalid statsPeriod: '\(period)'")
      }
      start = now.addingTimeInterval(-seconds)
    } else if request.queryValue("start") != nil || request.queryValue("end") != nil {
      guard let from = Self.date(request.queryValue("start")),
        let to = Self.date(request.queryValue("end")), from < to
      else { throw HTTPError(.badRequest, "start and end are both required") }
      (start, end) = (from, to)
    }
    start = max(start, kept)
  }

  private static func seconds(_ period: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let unit = period.last.flatMap({ units[$0] }), let number = Int(period.dropLast()),
      number > 0
    else { return nil }
    return Double(number) * unit
  }

  private static func date(_ text: String?) -> Date? {
    guard var text else { return nil }
    if !text.hasSuffix("Z") { text += "Z" }
    return try? Date(text.replacing(#/\.\d+/#, with: ""), strategy: .iso8601)
  }

  func holds(_ issue: SandboxSentryIssue) -> Bool {
    issue.lastSeen >= start && issue.firstSeen <= end
  }
}

/// Counts and times of an issue.
struct SandboxSeen: Sendable {
  var count: Int
  var userCount: Int
  var first: Date
  var last: Date
}

extension SandboxSentryIssue {
  var seen: SandboxSeen {
    SandboxSeen(count: count, userCount: userCount, first: firstSeen, last: lastSeen)
  }

  /// As if its events came evenly.
  func seen(in window: SentryWindow) -> SandboxSeen {
    guard firstSeen < window.start else { return seen }
    let whole = max(1, lastSeen.timeIntervalSince(firstSeen))
    let share = max(0, lastSeen.timeIntervalSince(window.start)) / whole
    return SandboxSeen(
      count: max(1, Int(Double(count) * share)), userCount: Int(Double(userCount) * share),
      first: window.start, last: lastSeen)
  }
}
