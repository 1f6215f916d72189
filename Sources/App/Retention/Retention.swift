import Foundation
import JobQueue

/// How long what grows by itself is kept. What is older is deleted by `PruneHistory` and, of jobs, by
/// the queue.
package struct Retention: Sendable, Equatable {
  /// Days of each kind, in the order in which they are told. Issues, links and products are no
  /// history: they are kept until somebody deletes them.
  package static let usual: [(name: String, days: Int)] = [
    ("webhook_deliveries", 14), ("failed_webhook_deliveries", 90), ("link_events", 90),
    ("vendor_writes", 30), ("sync_runs", 90), ("ticket_batches", 90), ("audit_events", 730),
    ("webhook_hours", 400), ("completed_jobs", 1), ("cancelled_jobs", 7), ("discarded_jobs", 90),
  ]
  /// The newest events of a link, which stay however old they are: a count, no days.
  package static let linkEventsKept = "link_events_kept"
  /// A hundred years of days, which is for ever.
  package static let longest = 36_500

  private var values: [String: Int]

  package init() {
    values = Dictionary(uniqueKeysWithValues: Self.usual.map { ($0.name, $0.days) })
    values[Self.linkEventsKept] = 50
  }

  package struct Invalid: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads `audit_events=365,link_events=30,link_events_kept=20,…`; what is not named stays as usual.
  ///
  /// - Throws: `Invalid`, which says what is wrong with which part.
  package init(parsing text: String) throws {
    self.init()
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard sides.count == 2, values[sides[0]] != nil else {
        let names = Self.usual.map(\.name) + [Self.linkEventsKept]
        throw Invalid(
          description: "'\(part)' is no retention; give one of "
            + names.map { "\($0)=NUMBER" }.joined(separator: ", "))
      }
      guard let number = Int(sides[1]), (1...Self.longest).contains(number) else {
        throw Invalid(
          description: "\(sides[0]) must be a whole number from 1 to \(Self.longest)")
      }
      values[sides[0]] = number
    }
  }

  subscript(_ name: String) -> Int { values[name] ?? Self.longest }

  /// What the queue deletes itself.
  var jobs: WorkerConfiguration.Retention {
    func days(_ name: String) -> Duration { .seconds(86_400 * self[name]) }
    var retention = WorkerConfiguration.Retention()
    retention.completed = days("completed_jobs")
    retention.cancelled = days("cancelled_jobs")
    retention.discarded = days("discarded_jobs")
    return retention
  }
}
