import Foundation

/// Whose webhook it is.
enum WebhookSource: String, Sendable, Codable, CaseIterable {
  case jira, sentry

  var vendor: Vendor { self == .jira ? .jira : .sentry }
}

/// A delivery whose signature was found right, on its way to being stored.
struct IncomingDelivery: Sendable {
  /// Header fields that are kept: none of them holds a secret or a signature.
  static let keptFields: Set<String> = [
    "content-type", "user-agent", "request-id", "x-atlassian-webhook-identifier",
    "x-atlassian-webhook-flow", "x-atlassian-webhook-retry", "sentry-hook-resource",
    "sentry-hook-timestamp", "sentry-trace",
  ]

  var source: WebhookSource
  var organizationID: Int64
  /// What is equal when the vendor delivers the same thing again.
  var key: String
  /// For example `jira:issue_updated` or `issue.resolved`.
  var event: String
  /// The vendor's id or key of the issue it is about.
  var subject: String?
  /// When the vendor says it sent this.
  var sentAt: Date?
  /// The status that the body states of a Sentry issue.
  var status: String?
  /// A JSON object.
  var headers: String
  var body: [UInt8]
}

/// A stored delivery that a worker has leased.
struct LeasedDelivery: Sendable {
  var id: Int64
  var event: String
  /// Which attempt this is, from 1.
  var attempt: Int
  /// The number of its last receipt.
  var sequence: Int64
  var receivedAt: Date
  var sentAt: Date?
  /// nil when what came was no JSON.
  var body: [UInt8]?
}

/// How the processing of a delivery ended.
enum DeliveryOutcome: Sendable, Equatable {
  case processed(String)
  case ignored(String)
  /// To be tried again, unless that was tried too often.
  case failed(String)
  /// The vendor returned what is older than the delivery: it is read again a little later.
  case stale(String)

  /// Attempts before a delivery is left to a person.
  static let mostAttempts = 12

  /// How long a vendor may return what is older than its own webhook, in seconds; after that what it
  /// returns is taken for true.
  static let maxStaleness = 60.0

  /// Seconds before what was stale is read again: at first soon, most vendors catch up within seconds.
  static func pause(atAge seconds: Double) -> Double {
    switch seconds {
    case ..<4: 1
    case ..<20: 4
    default: 10
    }
  }

  /// Seconds before the next attempt: 5, 10, 20 … at most an hour.
  static func pause(afterAttempt attempt: Int) -> Double {
    min(3600, 5 * Double(1 << min(attempt - 1, 10)))
  }
}
