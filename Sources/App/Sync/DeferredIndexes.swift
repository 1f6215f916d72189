import Logging

/// Lets a first sync fill `jira_issues` without the indexes of lists, and builds them afterwards: in bulk
/// they cost a third of what they cost row by row (docs/decisions/0007). Lists are right meanwhile, and
/// walk the table.
struct DeferredIndexes: Sendable {
  /// How many times the stored issues must be expected: building costs for the stored ones too.
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
    guard fewestIssues > 0, issues >= fewestIssues else { return }
    let dropped = try await store.drop(for: runID, unlessMoreThan: issues / Self.timesStored)
    guard !dropped.isEmpty else { return }
    logger.info(
      "indexes.deferred",
      metadata: [
        "run.id": "\(runID)", "issues.expected": "\(issues)", "indexes": "\(dropped.count)",
      ])
  }

  /// Builds what is due.
  func build() async throws {
    let due = try await store.due(after: Self.longestPause)
    guard !due.isEmpty else { return }
    let start = ContinuousClock.now
    for index in due { try await store.build(index, limit: BuildDeferredIndexes.longest) }
    try await store.analyze(limit: BuildDeferredIndexes.longest)
    logger.info(
      "indexes.built",
      metadata: ["indexes": "\(due.count)", "took": "\(ContinuousClock.now - start)"])
  }
}
