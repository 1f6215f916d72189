import JobQueue
import Postgres

/// Builds the indexes that a first sync went without: enqueued when it has ended, and periodically for runs
/// that take long or whose process died.
struct BuildDeferredIndexes: JobKind {
  static let kind = "build_indexes"
  static let interval: Duration = .seconds(30)
  /// For all, and for each.
  static let longest: Duration = .seconds(6 * 3600)
  /// One at a time: two would take each other's unfinished index for one that was broken off. Few
  /// attempts: the next periodic one comes sooner than a late retry.
  static let options = JobOptions(priority: 1, uniqueKey: kind, maxAttempts: 3)

  func perform(_ services: Services) async throws { try await services.deferredIndexes.build() }
}
