import Foundation
import Postgres
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
  let merges: MergedIssueStore
  let check: SentryProjectCheck
  let historyDays: Int
  let dryRun: Bool
  /// Whether an earlier try of the run has noted how far it came.
  let isResumed: Bool
  private let requests = Slots(SentrySync.concurrency)
  private let unlisted = UnlistedIssues()
  private let recheck = RecheckedProjects()

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
    } catch let failure as VendorFailure where failure.error.status == 403 {
      await recorder.note(failure)
      try await refused(task, failure.sentence)
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await recorder.note(failure)
      try await fail(task, failure.sentence)
    } catch let circle as PagesInCircle {
      try await fail(task, "Sentry: \(circle.sentence)")
    }
  }

  /// A project that is not shown makes a whole request a 403: it is marked, and fails nothing.
  private func refused(_ task: SentryTask, _ sentence: String) async throws {
    guard task.projects.count == 1, !dryRun else { return try await fail(task, sentence) }
    guard try await recheck.hasVanished(task.projects[0].sentryID, check) else {
      return try await fail(task, sentence)
    }
    await recorder.finishProject()
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
    if case .project(let project) = task, let listed {
      await unlisted.note(project, listed: listed, before: reading.startedAt)
    }
    guard !dryRun else { return }
    async let noted: Void = projects.noteSynced(ids, at: reading.startedAt)
    try await readings.end(reading, deleted: 0)
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
            limit: Self.pageSize, order: task.order, historyDays: historyDays)
        }
        for record in page.unreadable { await note(record, of: task) }
        let isEnd = page.issues.last?.lastSeen.map { $0 < task.oldest } ?? false
        return .init(items: page.issues, next: isEnd ? nil : page.nextCursor)
      },
      isStaleToken: { ($0 as? VendorFailure)?.error.status == 400 }, id: \.id,
      store: { try await store($0, of: task, reading) })
  }

  private func note(_ record: UnreadableSentryRecord, of task: SentryTask) async {
    let project = task.projects.count == 1 ? task.projects[0] : nil
    if let project, let id = record.id { await unlisted.note(id, of: project) }
    await recorder.fail(project: project?.slug, issue: record.name, record.sentence)
  }

  private func store(
    _ batch: PagedReading<SentryIssue>.Batch, of task: SentryTask, _ reading: SyncReading
  ) async throws {
    var records: [SentryIssueRecord] = []
    for issue in batch.items where issue.lastSeen.map({ $0 >= task.oldest }) ?? true {
      var record = SentryIssueRecord(issue)
      if record.sentryProjectID == nil {
        guard task.projects.count == 1 else {
          await recorder.fail(
            project: nil, issue: issue.shortID, "It was left out, because it names no project.")
          continue
        }
        // It was listed for this project, so it is of this project.
        record.sentryProjectID = task.projects[0].sentryID
      }
      records.append(record)
    }
    let step = reading.step(batch)
    do {
      try await recorder.add(try await issues.store(records, of: step, places, dryRun: dryRun))
    } catch let error as PostgresError where error.isOfValue {
      let changes = try await storeApart(records)
      if !dryRun { try await readings.note(step, changes) }
      try await recorder.add(changes)
    }
  }

  private func storeApart(_ records: [SentryIssueRecord]) async throws -> PageChanges {
    try await storingApart(
      records,
      refuse: {
        await recorder.fail(
          project: places[$0.sentryProjectID]?.slug, issue: $0.shortID, $1)
      }
    ) { try await issues.store($0, places, dryRun: dryRun) }
  }
}

/// What whole readings did not meet.
extension SentryReader {
  /// Finds out what became of the issues that are stored and were not listed: most had no event in the days that
  /// Sentry lists, and are read by their ids, a hundred in one request, whatever their projects.
  func settle() async throws {
    let readings = await unlisted.take()
    guard !readings.isEmpty else { return }
    var missing: [Int64] = []
    var visible: [Int64: Int64?] = [:]
    for reading in readings {
      missing += try await issues.missing(
        reading.project.id, listed: reading.listed, before: reading.start)
      visible[reading.project.sentryID] = .some(reading.listed.first)
    }
    guard !missing.isEmpty else { return }
    let absence = SentryAbsence(
      organizationID: places.organizationID, client: client, issues: issues, visible: visible,
      turns: requests)
    try await apply(try await absence.findings(missing), readings.map(\.project))
  }

  private func apply(
    _ findings: [Int64: SentryAbsence.Finding], _ read: [StoredSentryProject]
  ) async throws {
    var found: [SentryIssueRecord] = []
    var gone: [Int64] = []
    var unproved: Set<String> = []
    for (id, finding) in findings {
      switch finding {
      case .found(let issue): found.append(SentryIssueRecord(issue))
      case .merged(let parent):
        found.append(SentryIssueRecord(parent))
      case .gone: gone.append(id)
      case .unreadable(let record):
        await recorder.fail(project: nil, issue: record.name, record.sentence)
      case .unknown(let reason): unproved.insert(reason)
      case .notVisible, .settling: break
      }
    }
    for start in stride(from: 0, to: found.count, by: Self.recordsAtOnce) {
      let some = Array(found[start..<min(found.count, start + Self.recordsAtOnce)])
      try await recorder.add(try await storeApart(some))
    }
    for (id, finding) in findings {
      guard case .merged(let parent) = finding else { continue }
      try await follow(id, into: parent)
    }
    for reason in unproved { await recorder.fail(project: nil, reason) }
    try await delete(gone, of: read)
  }

  private func follow(_ id: Int64, into parent: SentryIssue) async throws {
    let organization = places.organizationID
    if dryRun {
      await recorder.addDeleted(1, keys: try await issues.keys([id], organization: organization))
    } else if try await merges.follow(
      id, into: (parent.id, parent.shortID), organization: organization)
    {
      await recorder.addDeleted(1)
    }
  }

  /// Issues that one statement stores.
  private static var recordsAtOnce: Int { 500 }

  private func delete(_ ids: [Int64], of read: [StoredSentryProject]) async throws {
    guard !ids.isEmpty else { return }
    let organization = places.organizationID
    let homes = try await issues.projects(of: ids, organization: organization)
    let known = Dictionary(read.map { ($0.sentryID, $0) }) { first, _ in first }
    for (home, members) in Dictionary(grouping: ids, by: { homes[$0] }) {
      guard let project = home.flatMap({ known[$0] }) else { continue }
      let keys = try await issues.keys(members, organization: organization)
      let live = try await issues.count(project: project.id)
      guard
        await recorder.permits(
          deleting: members.count, of: live, project: project.slug, keys: keys)
      else { continue }
      let count = try await issues.markDeleted(members, organization: organization, dryRun: dryRun)
      await recorder.addDeleted(count, keys: dryRun ? keys : [])
    }
  }
}

/// What whole readings met, until all of them have ended.
private actor UnlistedIssues {
  struct Reading: Sendable {
    var project: StoredSentryProject
    var listed: [Int64]
    var start: Date
  }

  private var readings: [Reading] = []
  /// Listed, but not to be used, by project.
  private var unreadable: [Int64: [Int64]] = [:]

  func note(_ project: StoredSentryProject, listed: [Int64], before start: Date) {
    readings.append(Reading(project: project, listed: listed, start: start))
  }

  func note(_ id: Int64, of project: StoredSentryProject) {
    unreadable[project.id, default: []].append(id)
  }

  func take() -> [Reading] {
    defer { readings = [] }
    return readings.map { reading in
      var reading = reading
      reading.listed += unreadable[reading.project.id] ?? []
      return reading
    }
  }
}

/// The projects that Sentry lists, read once more in a run where one of them was refused.
private actor RecheckedProjects {
  private var vanished: Task<Set<Int64>, any Error>?

  func hasVanished(_ id: Int64, _ check: SentryProjectCheck) async throws -> Bool {
    let task =
      vanished
      ?? Task {
        Set(try await check.store(try await check.list()).map(\.sentryID))
      }
    vanished = task
    return try await task.value.contains(id)
  }
}
