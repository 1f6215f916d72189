package import Foundation
package import RESTClient

package struct SentryIssue: Sendable {
  package var id: Int64
  package var shortID: String
  package var title: String
  package var culprit: String?
  package var level: String
  /// `unresolved`, `resolved` or `ignored` while it is live.
  package var status: String
  package var condition: SentryCondition
  package var substatus: String?
  /// Of the issue's whole life, not of the days that a list was asked for; nil when Sentry states none.
  package var firstSeen: Date?
  package var lastSeen: Date?
  package var count: Int64
  package var userCount: Int64
  package var permalink: String?
  package var assignedTo: JSONValue?
  package var metadata: JSONValue
  package var projectID: Int64?
  /// Addresses of what Sentry shows at the issue, such as the tickets that its own integrations made.
  package var annotationURLs: [String]
  /// What happened to its status, newest first. Only a single issue carries it; lists do not.
  package var activity: [SentryActivity]
  /// When this was read, by our clock.
  package var readAt = Date()

  /// The newest change of the status; nil when it is not known.
  package var statusChange: SentryActivity? {
    for (index, entry) in activity.enumerated() {
      let before = activity.dropFirst(index + 1).first(where: \.changesStatus)
      // An archived issue that Sentry calls ongoing has come back; any other was unresolved already.
      if entry.kind == .autoOngoing, before?.kind != .ignored { continue }
      var entry = entry
      // Only an archived issue comes back by itself; else a client without a user did it.
      if entry.kind == .unresolved, entry.cause == .timer, before?.kind != .ignored {
        entry.cause = .integration
      }
      return entry
    }
    return nil
  }
  /// When the status changed last.
  package var statusChangedAt: Date? { statusChange?.date }
}

/// What an issue's status means for whoever keeps a copy of it.
package enum SentryCondition: Sendable {
  case live
  /// Sentry is about to delete it and answers 404 when it is requested alone.
  case ending
  /// Sentry is about to give its events to another issue: what becomes of it is known a little later.
  case settling

  /// - Returns: nil for a status that Sentry does not document.
  init?(status: String) {
    switch status {
    case "unresolved", "resolved", "ignored": self = .live
    case "pending_deletion", "deletion_in_progress": self = .ending
    case "pending_merge", "reprocessing": self = .settling
    default: return nil
    }
  }
}

extension SentryIssue {
  /// - Parameter place: what to call it where it has neither a short id nor an id.
  package init(json: JSONValue, place: String = "an issue") throws(UnreadableSentryRecord) {
    let id = json.int64("id")
    let name = json.text("shortId").flatMap { $0.isEmpty ? nil : $0 }
    func unreadable(_ reason: String) -> UnreadableSentryRecord {
      UnreadableSentryRecord(
        id: id, name: name ?? id.map { "Issue \($0)" } ?? place, reason: reason)
    }
    guard let id else {
      throw unreadable("its id is not a whole number (\(json.shown("id")))")
    }
    guard let status = json.text("status"), let condition = SentryCondition(status: status) else {
      throw unreadable("its status is none that Sentry documents (\(json.shown("status")))")
    }
    func date(_ name: String) -> Date? {
      (json["lifetime"]?.text(name) ?? json.text(name)).flatMap(VendorTimestamp.parse)
    }
    func count(_ name: String) -> Int64 {
      max(0, json["lifetime"]?.int64(name) ?? json.int64(name) ?? 0)
    }
    self.init(
      id: id, shortID: name ?? String(id), title: json.text("title") ?? name ?? String(id),
      culprit: json.text("culprit").flatMap { $0.isEmpty ? nil : $0 },
      level: json.text("level") ?? "error", status: status, condition: condition,
      substatus: json.text("substatus"),
      firstSeen: date("firstSeen") ?? date("lastSeen"),
      lastSeen: date("lastSeen") ?? date("firstSeen"), count: count("count"),
      userCount: count("userCount"), permalink: json.text("permalink"),
      assignedTo: json["assignedTo"] == .null ? nil : json["assignedTo"],
      metadata: json["metadata"].flatMap { if case .object = $0 { $0 } else { nil } }
        ?? .object([:]),
      projectID: json["project"]?.int64("id"),
      annotationURLs: (json["annotations"]?.arrayValue ?? []).compactMap(Self.address),
      activity: (json["activity"]?.arrayValue ?? []).compactMap(SentryActivity.init)
        .sorted { $0.date > $1.date })
  }

  /// Of `{"displayName", "url"}`; instances before 2024 give `<a href="…">KEY</a>`.
  private static func address(_ annotation: JSONValue) -> String? {
    if let url = annotation["url"]?.stringValue { return url }
    guard let anchor = annotation.stringValue, let start = anchor.firstRange(of: "href=\"") else {
      return nil
    }
    return String(anchor[start.upperBound...].prefix { $0 != "\"" })
      .replacing("&amp;", with: "&")
  }
}
