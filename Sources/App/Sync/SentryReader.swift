import Foundation
import RESTClient
import SentryClient

/// Reads lists of issues and stores them page by page.
struct SentryReader: Sendable {
  /// Issues a page, Sentry's most.
  static let pageSize = 100

  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let readings: SyncReadingStore
  let client: SentryClient
  let recorder: SyncRecorder
  let places: SentryPlaces
  let dryRun: Bool
  /// Whether an earlier try of the run has noted how far it came.
  let isResumed: Bool
  private let requests = Slots(SentrySync.concurrency)

  /// Asks Sentry once one of the permitted requests at a time is free.
  private func ask<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await requests.run { try await asking(.sentry, body) }
  }

  /// Reads a list; what fails is noted at its projects.
  ///
  /// - Throws: what concerns the whole run: refused credentials, cancellation, the database.
  func read(_ task: SentryTask) async throws {
    do {
      try await readWhole(task)
      for _ in task.projects { await recorder.finishProject() }
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await recorder.note(failure)
      try await fail(task, failure.sentence)
    } catch let circle as PagesInCircle {
      try await fail(task, "Sentry: \(circle.sentence)")
    }
  }

  /// What was asked for many projects at once and failed is asked again for each.
  private func fail(_ task: SentryTask, _ sentence: String) async throws {
    if case .changes(let projects, let since) = task, projects.count > 1 {
      for project in projects { try await read(.changes(of: [project], since: since)) }
    } else {
      await recorder.fail(project: task.projects[0].slug, sentence)
    }
  }

  /// Reads a list, whatever fails.
  func readWhole(_ task: SentryTask) async throws {
    let reading = try await readings.begin(
      task.name, of: recorder.runID, query: "", at: Date(), isResumed: isResumed)
    let ids = task.projects.map(\.id)
    guard !reading.hasEnded else {
      // The try that ended it may have died before this.
      return try await projects.noteSynced(ids, at: reading.startedAt)
    }
    let listed = try await pages(task, reading).run(from: reading.nextPage)
    var deleted = 0
    if case .project(let project) = task, let listed {
      deleted = try await settle(project, listed: listed, before: reading.startedAt)
    }
    guard !dryRun else { return }
    async let noted: Void = projects.noteSynced(ids, at: reading.startedAt)
    try await readings.end(reading, deleted: deleted)
    try await noted
  }

  private func pages(_ task: SentryTask, _ reading: SyncReading) -> PagedReading<SentryIssue> {
    let limit = if case .project(let project) = task { project.maxIssues ?? .max } else { Int.max }
    return PagedReading(
      limit: limit,
      fetch: { cursor in
        let page = try await ask {
          try await client.issues(
            query: reading.query, projectIDs: task.projects.map(\.sentryID), cursor: cursor,
            limit: Self.pageSize, order: task.order)
        }
        let isEnd = page.issues.last?.lastSeen.map { $0 < task.oldest } ?? false
        return .init(items: page.issues, next: isEnd ? nil : page.nextCursor)
      },
      isStaleToken: { ($0 as? VendorFailure)?.error.status == 400 }, id: \.id,
      store: { batch in
        let changes = try await issues.store(
          batch.items.filter { $0.lastSeen.map { $0 >= task.oldest } ?? true }
            .map(SentryIssueRecord.init),
          of: reading.step(batch), places, dryRun: dryRun)
        try await recorder.add(changes)
      })
  }

  /// Marks issues as deleted that a complete reading did not meet and that Sentry does not know any
  /// more: the list moves while it is read, and an issue can slip from one page to another.
  private func settle(_ project: StoredSentryProject, listed: [Int64], before start: Date)
    async throws -> Int
  {
    var deleted = 0
    for id in try await issues.missing(project.id, listed: listed, before: start) {
      if let issue = try await find(id) {
        let changes = try await issues.store([SentryIssueRecord(issue)], places, dryRun: dryRun)
        try await recorder.add(changes)
      } else {
        let count = try await issues.markDeleted(
          [id], organization: project.organizationID, dryRun: dryRun)
        let keys =
          dryRun ? try await issues.keys([id], organization: project.organizationID) : []
        await recorder.addDeleted(count, keys: keys)
        deleted += count
      }
    }
    return deleted
  }

  private func find(_ id: Int64) async throws -> SentryIssue? {
    do {
      return try await ask { try await client.issue(id) }
    } catch let failure as VendorFailure where failure.error.status == 404 {
      return nil
    }
  }
}
