import Foundation
import RESTClient
import SentryClient

/// A Sentry issue as it is stored: what the vendor says, in columns.
struct SentryIssueRecord: Sendable {
  static let levels = ["fatal", "error", "warning", "info", "debug", "sample"]
  static let statuses = ["unresolved", "resolved", "ignored"]

  var sentryID: Int64
  /// Sentry's id of the project.
  var sentryProjectID: Int64?
  var shortID: String
  var title: String
  var culprit: String?
  var level: String
  var status: String
  var substatus: String?
  /// nil where Sentry states none: what is stored stays.
  var firstSeenAt: Date?
  var lastSeenAt: Date?
  var eventCount: Int64
  var userCount: Int64
  var permalink: String?
  var assignedTo: String?
  var metadata: String
  /// Of the tickets that Sentry shows at the issue.
  var ticketAddresses: [String]
  /// False on the way to deletion or into another issue: then nothing is stored.
  var isLive: Bool
  /// When Sentry was asked: what was read earlier never overwrites what was read later.
  var readAt: Date

  init(_ issue: SentryIssue) {
    sentryID = issue.id
    sentryProjectID = issue.projectID
    shortID = issue.shortID.storable
    title = issue.title.storable
    culprit = issue.culprit?.storable
    level = Self.levels.contains(issue.level) ? issue.level : "error"
    status = issue.status
    isLive = issue.condition == .live
    substatus = issue.substatus?.storable
    lastSeenAt = issue.lastSeen
    firstSeenAt = issue.firstSeen
    eventCount = issue.count
    userCount = issue.userCount
    permalink = issue.permalink?.storable
    assignedTo = issue.assignedTo.map(Self.json)
    metadata = Self.json(issue.metadata)
    ticketAddresses = TicketAddress.all(of: issue.annotationURLs)
    readAt = issue.readAt
  }

  private static func json(_ value: JSONValue) -> String {
    String(decoding: value.storable.encoded(), as: UTF8.self)
  }
}
