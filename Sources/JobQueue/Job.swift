package import Foundation
import Postgres

/// A row of `jobs`.
package struct Job: Sendable {
  /// As in River.
  package enum State: String, Sendable, CaseIterable {
    case available, scheduled, running, retryable, completed, cancelled, discarded
    package var isFinal: Bool { self == .completed || self == .cancelled || self == .discarded }
  }

  package let id: Int64
  package let kind: String
  /// JSON.
  package let arguments: [UInt8]
  package let state: State
  package let priority: Int
  /// Which attempt runs or ran last, from 1.
  package let attempt: Int
  package let maxAttempts: Int
  package let scheduledAt: Date
  package let uniqueKey: String?
  /// A JSON array of `{attempt, at, error}`, the last 20.
  package let errors: [UInt8]
  package let createdAt: Date

  package var isLastAttempt: Bool { attempt >= maxAttempts }

  static let columns = """
    jobs.id, jobs.kind, jobs.arguments, jobs.state, jobs.priority, jobs.attempt, \
    jobs.max_attempts, jobs.scheduled_at, jobs.unique_key, jobs.errors, jobs.created_at
    """

  init(_ row: Row) throws {
    id = try row.int64("id")
    kind = try row.text("kind")
    arguments = try row.json("arguments")
    let name = try row.text("state")
    guard let state = State(rawValue: name) else { throw JobQueueError.unknownState(name) }
    self.state = state
    priority = try row.int("priority")
    attempt = try row.int("attempt")
    maxAttempts = try row.int("max_attempts")
    scheduledAt = try row.date("scheduled_at")
    uniqueKey = try row.textOrNil("unique_key")
    errors = try row.json("errors")
    createdAt = try row.date("created_at")
  }
}

package enum JobQueueError: Error, Equatable {
  /// The row was written by another version.
  case unknownState(String)
}

/// What a job asks of the queue instead of failing: throw it.
package enum JobInstruction: Error, Sendable, Equatable {
  /// Run again later; not counted as an attempt. For a vendor's Retry-After and the like.
  case snooze(for: Duration)
  /// Never run again; the reason is kept with the job.
  case cancel(String)
  /// Failed; run again after this time rather than the retry policy's. Counted as an attempt.
  case retry(after: Duration, because: String = "asked to be run again")
}

/// An error that knows when the job is worth another try, which is then no failed attempt.
package protocol DelayedError: Error {
  /// nil: it is an error like any other.
  var retryDelay: Duration? { get }
}
