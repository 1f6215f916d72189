import Foundation
import JiraClient
import RESTClient

/// Finds what an incremental sync cannot see: issues that were deleted, and issues that became
/// visible without a change. One count tells whether there is anything to find.
struct JiraSweep: Sendable {
  /// The ids are compared at least this often, in seconds: the count is an estimate.
  static let longestPause: Double = 86_400

  let reader: JiraReader
  let memories: SyncMemoryStore

  /// - Parameter tasks: what the run has read; projects that were read whole are compared already.
  func run(
    _ tasks: [JiraTask], source: SyncSource, _ memory: SyncMemory, at start: Date
  ) async throws {
    do {
      try await compare(tasks, source: source, memory, at: start)
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await reader.recorder.fail(project: nil, failure.sentence)
    }
  }

  private func compare(
    _ tasks: [JiraTask], source: SyncSource, _ memory: SyncMemory, at start: Date
  ) async throws {
    let failed = Set(await reader.recorder.progress.failures.compactMap(\.project))
    let all = tasks.flatMap(\.projects)
    let countable = all.filter { $0.maxIssues == nil && !failed.contains($0.key) }
    let pending = tasks.filter { if case .changes = $0 { true } else { false } }
      .flatMap(\.projects).filter { project in countable.contains { $0.id == project.id } }
    guard !countable.isEmpty else { return }
    let isOverdue = memory.sweptAt.map { -$0.timeIntervalSinceNow > Self.longestPause } ?? true
    if !pending.isEmpty {
      let difference = try await difference(countable)
      guard isOverdue || String(difference) != memory.difference else { return }
      try await eachOf(pending, atMost: JiraSync.concurrency) { project in
        if !isOverdue, try await self.difference([project]) == 0 { return }
        _ = try await JiraListing(reader: reader).compare(project, with: nil, before: start)
      }
    }
    guard !reader.dryRun else { return }
    try await memories.noteSweep(of: source, difference: String(try await difference(countable)))
  }

  /// Jira's count less ours.
  private func difference(_ projects: [StoredJiraProject]) async throws -> Int {
    let jql = JQL.oneOf("project", projects.map { .number($0.jiraID) }).text
    async let ours = reader.issues.count(projects: projects.map(\.id))
    let theirs = try await asking(.jira) { try await reader.client.approximateCount(jql: jql) }
    return theirs - (try await ours)
  }
}
