import Logging

/// Lets a first sync fill `jira_issues` without the indexes of lists, and builds them afterwards: in bulk
/// they cost half of what they cost row by row (docs/decisions/0007). Lists are right meanwhile, and
/// walk the table.
struct DeferredIndexes: Sendable {
  /// How many times the stored issues must be expected: building costs for the stored ones too. More
  /// than `fewestIssues` may not be stored, however many are expected.
  static let timesStored = 4
  /// The longest that lists walk the table while a run goes on, in seconds. One that takes longer waits
  /// for Jira, not for indexes.
  static let longestPause: Double = 60

  let store: DeferredIndexStore
  /// Issues to be expected; 0: the indexes always stay.
  let fewestIssues: Int
  let logger: Logger

  /// Drops them when a run is expected to bring most of what the table will hold.
  func put(off issues: Int, by runID: Int64) async throws {
    // A build holds a connection: with one alone nothing else would have any.
    guard fewestIssues > 0, issues >= fewestIssues, store.connections > 1 else { return }
    let dropped = try await store.drop(
      for: runID, unlessMoreThan: min(issues / Self.timesStored, fewestIssues))
    guard !dropped.isEmpty else { return }
    logger.info(
      "indexes.deferred",
      metadata: [
        "run.id": "\(runID)", "issues.expected": "\(issues)", "indexes": "\(dropped.count)",
      ])
  }

  /// Builds what is due; what cannot be built stops none of the others.
  ///
  /// - Throws: the first error, once all were tried.
  func build() async throws {
    let due = try await store.due(after: Self.longestPause)
    let start = ContinuousClock.now
    var built = 0
    var failure: (any Error)?
    for index in due {
      do {
        if try await store.build(index, limit: BuildDeferredIndexes.longest) { built += 1 }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failure = failure ?? error
      }
    }
    if built > 0 {
      try await store.analyze(limit: BuildDeferredIndexes.longest)
      logger.info(
        "indexes.built",
        metadata: ["indexes": "\(built)", "took": "\(ContinuousClock.now - start)"])
    }
    if let failure { throw failure }
  }
}
