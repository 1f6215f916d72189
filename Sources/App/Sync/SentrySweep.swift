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
    // One that the run found to be not visible any more would be refused.
    let visible = Set(
      try await reader.projects.projects(organization: source.organizationID).map(\.id))
    let pending = tasks.filter { if case .changes = $0 { true } else { false } }
      .flatMap(\.projects).filter { visible.contains($0.id) && !failed.contains($0.slug) }
    let countable = tasks.flatMap(\.projects).filter { visible.contains($0.id) }
    let isOverdue = memory.sweptAt.map { -$0.timeIntervalSinceNow > Self.longestPause } ?? true
    if !pending.isEmpty {
      let hasMoved = try await difference(countable) != memory.difference
      guard isOverdue || hasMoved else { return }
      try await eachOf(pending, atMost: SentrySync.concurrency) { project in
        try await read(project)
      }
      try await reader.settle()
    }
    guard !reader.dryRun else { return }
    try await memories.noteSweep(
      of: source, difference: try await difference(countable))
  }

  /// One that fails does not keep the others from being looked at.
  private func read(_ project: StoredSentryProject) async throws {
    do {
      try await reader.readWhole(.project(project))
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await reader.recorder.fail(project: nil, "\(project.slug): \(failure.sentence)")
    } catch let circle as PagesInCircle {
      await reader.recorder.fail(project: nil, "\(project.slug): Sentry: \(circle.sentence)")
    }
  }

  /// Sentry's counts less ours: of all issues and of the unresolved, both of the days that Sentry lists; "?" where it
  /// does not count.
  private func difference(_ projects: [StoredSentryProject]) async throws -> String {
    guard !projects.isEmpty else { return "" }
    var hits: [Int?] = []
    for query in ["", "is:unresolved"] {
      hits.append(
        try await asking(.sentry) {
          try await reader.client.issues(
            query: query, projectIDs: projects.map(\.sentryID), limit: 1,
            historyDays: reader.historyDays)
        }.hits)
    }
    guard hits.contains(where: { $0 != nil }) else { return "?/?" }
    let ours = try await reader.issues.counts(
      projects: projects.map(\.id),
      since: Date(timeIntervalSinceNow: -Double(reader.historyDays) * 86_400))
    return zip(hits, [ours.all, ours.unresolved]).map { hits, count in
      hits.map { String($0 - count) } ?? "?"
    }.joined(separator: "/")
  }
}
