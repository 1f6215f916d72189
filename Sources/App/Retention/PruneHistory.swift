import JobQueue
import Logging

/// Deletes what is older than its retention.
struct PruneHistory: JobKind {
  static let kind = "prune_history"
  static let interval: Duration = .seconds(3600)
  /// What is left then is the next one's.
  static let longest: Duration = .seconds(600)

  func perform(_ services: Services) async throws {
    let deleted = try await services.retention.prune()
    guard !deleted.isEmpty else { return }
    services.logger.info(
      "history.pruned",
      metadata: .init(uniqueKeysWithValues: deleted.map { ("rows.\($0.key)", "\($0.value)") }))
  }
}
