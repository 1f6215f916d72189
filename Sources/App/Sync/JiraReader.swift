import Foundation
import JiraClient
import Postgres
import RESTClient

/// Reads lists of issues and stores them page by page.
struct JiraReader: Sendable {
  /// Pages of a whole project that are stored together.
  static let pagesTogether = 4

  let projects: JiraProjectStore
  let issues: JiraIssueStore
  let readings: SyncReadingStore
  let client: JiraClient
  let recorder: SyncRecorder
  let places: JiraPlaces
  let dryRun: Bool
  /// Whether an earlier try of the run has noted how far it came.
  let isResumed: Bool
  let absence: JiraAbsence
  let watch: JiraProjectWatch
  private let lost = LostProjects()
  private let requests: Slots

  init(
    projects: JiraProjectStore, issues: JiraIssueStore, readings: SyncReadingStore,
    client: JiraClient, recorder: SyncRecorder, places: JiraPlaces, dryRun: Bool, isResumed: Bool,
    watch: JiraProjectWatch
  ) {
    self.projects = projects
    self.issues = issues
    self.readings = readings
    self.client = client
    self.recorder = recorder
    self.places = places
    self.dryRun = dryRun
    self.isResumed = isResumed
    self.watch = watch
    requests = Slots(JiraSync.concurrency)
    absence = JiraAbsence(client: client, issues: issues, requests: requests)
  }

  /// Projects that turned out to be gone while they were read, by id.
  var lostProjects: Set<Int64> { get async { await lost.ids } }

  /// Asks Jira once one of the permitted requests at a time is free.
  func ask<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await requests.run { try await asking(.jira, body) }
  }

  /// Reads a list; what fails is noted at its projects.
  ///
  /// - Throws: what concerns the whole run: refused credentials, cancellation, the database.
  func read(_ task: JiraTask) async throws {
    do {
      try await readWhole(task)
      for _ in task.projects { await recorder.finishProject() }
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await recorder.note(failure)
      try await fail(task, failure.sentence, mayBeLost: failure.error.kind == .status)
    } catch let circle as PagesInCircle {
      try await fail(task, "Jira: \(circle.sentence)")
    }
  }

  /// What was asked for many projects at once and failed is asked again for each: one that the
  /// account may not see any more must not stop the others.
  ///
  /// - Parameter mayBeLost: whether a project that is gone may be the reason: Jira then refuses the whole question.
  private func fail(_ task: JiraTask, _ sentence: String, mayBeLost: Bool = false) async throws {
    if mayBeLost {
      let places = places
      let stored = task.projects.filter { places[$0.jiraID]?.id == $0.id && $0.id > 0 }
      let lost = try await lost.add(stored) { try await watch.settle($0, dryRun: dryRun) }
      guard lost.isEmpty else {
        for _ in lost { await recorder.passProject() }
        let left = task.projects.filter { !lost.contains($0.id) }
        guard !left.isEmpty, case .changes(_, let since) = task else { return }
        return try await read(.changes(of: left, since: since))
      }
    }
    if case .changes(let projects, let since) = task, projects.count > 1 {
      for project in projects { try await read(.changes(of: [project], since: since)) }
    } else {
      await recorder.fail(project: task.projects[0].key, sentence)
    }
  }

  private func readWhole(_ task: JiraTask) async throws {
    let now = Date()
    let reading = try await readings.begin(
      task.name, of: recorder.runID, query: task.jql(at: now), at: now, isResumed: isResumed)
    let ids = task.projects.map(\.id)
    guard !reading.hasEnded else {
      // The try that ended it may have died before this.
      return try await projects.noteSynced(ids, at: reading.startedAt)
    }
    let isNew =
      if !dryRun, case .project(let project) = task {
        try await issues.isEmpty(project: project.id)
      } else {
        false
      }
    let listed = try await pages(task, reading, areNew: isNew).run(from: reading.nextPage)
    var deleted = 0
    // Where nothing was stored before, nothing can be missing from a list that was read whole.
    if case .project(let project) = task, listed == nil ? project.maxIssues == nil : !isNew {
      deleted = try await JiraListing(reader: self).compare(
        project, with: listed, before: reading.startedAt)
    }
    guard !dryRun else { return }
    async let noted: Void = projects.noteSynced(ids, at: reading.startedAt)
    // Changes have ended with their last page.
    if case .project = task { try await readings.end(reading, deleted: deleted) }
    try await noted
  }

  private func pages(_ task: JiraTask, _ reading: SyncReading, areNew: Bool) -> PagedReading<
    JiraIssue
  > {
    let limits = JiraLimits(task)
    let isWhole = if case .project = task { true } else { false }
    let limit = if case .project(let project) = task { project.maxIssues ?? .max } else { Int.max }
    let changed = ChangedIssues(
      issues: issues, readings: readings, places: places, refuse: refuse)
    let source = JiraPages(self, jql: reading.query)
    return PagedReading(
      limit: limit, fewestPagesStored: isWhole ? Self.pagesTogether : 1,
      storesAtOnce: isWhole || dryRun ? 1 : ChangedIssues.batches,
      fetch: { try await source.fetch($0) },
      isStaleToken: { ($0 as? VendorFailure)?.error.status == 400 }, id: \.id,
      store: { batch in
        let records = limits.admitted(batch.items).map(JiraIssueRecord.init)
        var step = reading.step(batch)
        step.isEnd = !isWhole && batch.next == nil
        try await recorder.add(
          isWhole || dryRun
            ? store(records, of: step, areNew: areNew)
            : changed.store(records, of: step, batch.number))
      })
  }
}

extension JiraReader {
  /// Stores issues; one that PostgreSQL refuses fails alone.
  func store(_ records: [JiraIssueRecord], of step: SyncReading.Step? = nil, areNew: Bool = false)
    async throws -> PageChanges
  {
    do {
      return try await issues.store(records, of: step, places, areNew: areNew, dryRun: dryRun)
    } catch let error as PostgresError where error.isOfValue {
      let changes = try await storingApart(records, refuse: refuse) {
        try await issues.store($0, places, dryRun: dryRun)
      }
      if let step, !dryRun { try await readings.note(step, changes) }
      return changes
    }
  }

  private func refuse(_ record: JiraIssueRecord, _ reason: String) async {
    await recorder.fail(
      project: places[record.jiraProjectID]?.key, issue: record.key, reason)
  }

  /// Notes issues that could not be read, each by its key.
  func fail(_ unreadable: [UnreadableJiraIssue]) async {
    for issue in unreadable {
      let project = issue.key.flatMap { $0.split(separator: "-").first }.map(String.init)
      await recorder.fail(project: project, issue: issue.name, issue.reason)
    }
  }
}

/// Projects that turned out to be gone in the course of a run: each is looked for once.
private actor LostProjects {
  private(set) var ids: Set<Int64> = []
  private var known: Set<Int64> = []

  /// - Returns: which of some projects are gone.
  func add(
    _ projects: [StoredJiraProject],
    _ settle: @Sendable ([StoredJiraProject]) async throws -> Set<Int64>
  ) async throws -> Set<Int64> {
    let new = projects.filter { !known.contains($0.id) }
    if !new.isEmpty {
      known.formUnion(new.map(\.id))
      ids.formUnion(try await settle(new))
    }
    return ids.intersection(projects.map(\.id))
  }
}

/// Keeps `max_issues` where many projects are read as one list.
private struct JiraLimits: Sendable {
  private let limits: [Int64: Int]

  init(_ task: JiraTask) {
    guard case .changes(let projects, _) = task else {
      limits = [:]
      return
    }
    limits = Dictionary(projects.compactMap { p in p.maxIssues.map { (p.jiraID, $0) } }) { a, _ in a
    }
  }

  /// The first of each project, as many as it may have; the list has the newest changes first.
  func admitted(_ issues: [JiraIssue]) -> [JiraIssue] {
    guard !limits.isEmpty else { return issues }
    var counts: [Int64: Int] = [:]
    return issues.filter { issue in
      guard let id = issue.projectID, let limit = limits[id] else { return true }
      counts[id, default: 0] += 1
      return counts[id, default: 0] <= limit
    }
  }
}
