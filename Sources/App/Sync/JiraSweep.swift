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

  /// Jira's count, asked for while lists of changes are read: these have the newest changes first and are as
  /// of their first page, to which a count at the same time fits best.
  ///
  /// - Returns: nil where it does not help.
  func count(beside tasks: [JiraTask]) async -> Result<Int, any Error>? {
    let projects = countable(tasks.flatMap(\.projects))
    let areChanges = tasks.allSatisfy { if case .changes = $0 { true } else { false } }
    guard areChanges, !projects.isEmpty else { return nil }
    do { return .success(try await theirs(projects)) } catch { return .failure(error) }
  }

  /// - Parameters:
  ///   - tasks: what the run has read; projects that were read whole are compared already.
  ///   - count: what `count(beside:)` said; nil: it is asked anew.
  func run(
    _ tasks: [JiraTask], source: SyncSource, _ memory: SyncMemory, at start: Date,
    counted count: Result<Int, any Error>?
  ) async throws {
    do {
      try await compare(tasks, source: source, memory, at: start, counted: count)
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await reader.recorder.fail(project: nil, failure.sentence)
    }
  }

  /// Those whose issues are all stored, so that counts can be compared.
  func countable(_ projects: [StoredJiraProject]) -> [StoredJiraProject] {
    projects.filter { $0.maxIssues == nil }
  }

  private func compare(
    _ tasks: [JiraTask], source: SyncSource, _ memory: SyncMemory, at start: Date,
    counted count: Result<Int, any Error>?
  ) async throws {
    let failed = await reader.recorder.progress.failedProjects
    let lost = await reader.lostProjects
    let countable = countable(tasks.flatMap(\.projects))
      .filter { !failed.contains($0.key) && !lost.contains($0.id) }
    let pending = tasks.filter { if case .changes = $0 { true } else { false } }
      .flatMap(\.projects).filter { project in countable.contains { $0.id == project.id } }
    guard !countable.isEmpty else { return }
    let wasConfirmed = !reader.recorder.confirmed.isEmpty
    let isOverdue =
      wasConfirmed || memory.sweptAt.map { -$0.timeIntervalSinceNow > Self.longestPause } ?? true
    if !pending.isEmpty {
      let difference = try await difference(countable, theirs: count?.get())
      guard isOverdue || String(difference) != memory.difference else { return }
      try await eachOf(pending, atMost: JiraSync.concurrency) { project in
        if !isOverdue, try await self.difference([project]) == 0 { return }
        _ = try await JiraListing(reader: reader).compare(project, with: nil, before: start)
      }
    }
    // What a person has to confirm is looked for again by every run until then.
    guard !reader.dryRun, await reader.recorder.progress.held.isEmpty else { return }
    try await memories.noteSweep(of: source, difference: String(try await difference(countable)))
  }

  /// Jira's count less ours.
  ///
  /// - Parameter count: Jira's; nil: it is asked.
  private func difference(_ projects: [StoredJiraProject], theirs count: Int? = nil) async throws
    -> Int
  {
    async let ours = reader.issues.count(projects: projects.map(\.id))
    let theirs = if let count { count } else { try await theirs(projects) }
    return theirs - (try await ours)
  }

  private func theirs(_ projects: [StoredJiraProject]) async throws -> Int {
    let jql = JQL.oneOf("project", projects.map { .number($0.jiraID) }).text
    return try await reader.ask { try await reader.client.approximateCount(jql: jql) }
  }
}
