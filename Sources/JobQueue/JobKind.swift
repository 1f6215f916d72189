package import Foundation

/// The arguments of one kind of job, kept as JSON in the job's row. Tolerate older arguments: rows
/// outlive a release.
package protocol JobKind: Codable, Sendable {
  /// The name in the row, at most 100 characters. Must not change.
  static var kind: String { get }
}

/// How a job is to run.
package struct JobOptions: Sendable {
  /// What a unique key forbids.
  package enum UniqueUntil: String, Sendable {
    /// A second job while the first waits; once it runs, another may wait behind it. For work that
    /// must see whatever came after the first began.
    case started
    /// A second job while the first waits or runs.
    case finished
  }

  /// 1 runs first, 4 last.
  package var priority: Int
  /// Now when `nil`.
  package var scheduledAt: Date?
  /// At most 500 characters.
  package var uniqueKey: String?
  package var uniqueUntil: UniqueUntil
  /// 1 to 1000. A snooze is not an attempt.
  package var maxAttempts: Int
  /// Wake workers when the transaction commits. PostgreSQL lets transactions that notify commit
  /// only one after another, so a busy path says `false` and calls `JobStore.wake` afterwards.
  package var notifies: Bool

  package init(
    priority: Int = 2, scheduledAt: Date? = nil, uniqueKey: String? = nil,
    uniqueUntil: UniqueUntil = .finished, maxAttempts: Int = 25, notifies: Bool = true
  ) {
    self.priority = priority
    self.scheduledAt = scheduledAt
    self.uniqueKey = uniqueKey
    self.uniqueUntil = uniqueUntil
    self.maxAttempts = maxAttempts
    self.notifies = notifies
  }
}
