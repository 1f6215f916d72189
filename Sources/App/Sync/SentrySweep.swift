import Foundation
import RESTClient
import SentryClient

/// Finds what an incremental sync of Sentry cannot see: a status that changed without an event, and
/// deleted issues. Sentry has no search by time of change, but it counts: when its counts and ours
/// have not moved apart since the last look, nothing is read.
struct SentrySweep: Sendable {
  /// All is read at least this often, in seconds: two changes can cancel out, and beyond a thousand
  /// Sentry does not count.
  static let longestPause: Double = 6 * 3600

  let reader: SentryReader
  let memories: SyncMemoryStore

  /// - Parameter tasks: what the run has read.
  func run(_ tasks: [SentryTask], source: SyncSource, _ memory: SyncMemory) async throws {
    do {
      try await compare(tasks, source: source, memory)
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await reader.recorder.fail(project: nil, failure.sentence)
    }
  }

  private func compare(_ tasks: [SentryTask], source: SyncSource, _ memory: SyncMemory)
    async throws
  {
    let failed = await reader.recorder.progress.failedProjects
    let pending = tasks.filter { if case .changes = $0 { true } else { false } }
      .flatMap(\.projects).filter { !failed.contains($0.slug) }
    let isOverdue = memory.sweptAt.map { -$0.timeIntervalSinceNow > Self.longestPause } ?? true
    if !pending.isEmpty {
      let hasMoved = try await difference(tasks.flatMap(\.projects)) != memory.difference
      guard isOverdue || hasMoved else { return }
      try await eachOf(pending, atMost: SentrySync.concurrency) { project in
        try await reader.readWhole(.project(project))
      }
    }
    guard !reader.dryRun else { return }
    try await memories.noteSweep(
      of: source, difference: try await difference(tasks.flatMap(\.projects)))
  }

  /// Sentry's counts less ours: of all issues and of the unresolved; "?" where it does not count.
  private func difference(_ projects: [StoredSentryProject]) async throws -> String {
    let ours = try await reader.issues.counts(projects: projects.map(\.id))
    var parts: [String] = []
    for (query, count) in [("", ours.all), ("is:unresolved", ours.unresolved)] {
      let page = try await asking(.sentry) {
        try await reader.client.issues(
          query: query, projectIDs: projects.map(\.sentryID), limit: 1)
      }
      parts.append(page.hits.map { String($0 - count) } ?? "?")
    }
    return parts.joined(separator: "/")
  }
}
