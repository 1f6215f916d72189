import Foundation
import RESTClient
import SentryClient

/// Reads a Sentry organization's projects and issues into the database.
struct SentrySync: Sendable {
  /// Requests to Sentry at the same time.
  static let concurrency = 4
  /// Lists read at the same time: while the end of one is stored, others keep Sentry busy.
  static let lists = 6
  /// How far before the last sync an incremental one reads again, in seconds: Sentry takes events in
  /// late, and its clock is not ours.
  static let overlap: Double = 900
  /// Projects a question at most: they stand in its URL.
  static let largestGroup = 100

  let organizations: OrganizationStore
  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let readings: SyncReadingStore
  let memories: SyncMemoryStore
  let clients: SentryClients

  func run(_ organizationID: Int64, _ request: SyncRunRequest, _ recorder: SyncRecorder)
    async throws
  {
    async let memory = memories.memory(of: request.source)
    async let earlier = readings.totals(of: recorder.runID)
    let organization = try await organizations.organization(organizationID)
    let client = try clients.client(of: organization)
    let before = try await (memory, earlier)
    try await organizations.notingRefusal(of: organizationID) {
      try await read(organizationID, client, request, recorder, before)
    }
  }

  /// A project that fails fails alone; refused credentials end the run.
  private func read(
    _ organizationID: Int64, _ client: SentryClient, _ request: SyncRunRequest,
    _ recorder: SyncRecorder, _ before: (memory: SyncMemory, progress: SyncProgress)
  ) async throws {
    let memory = before.memory
    let discovered = try await discover(organizationID, client, request, memory)
    let known = try await projects.stored(
      discovered.map(\.sentryID), organization: organizationID)
    let new = discovered.filter { !known.contains($0.sentryID) }
    let all =
      try await projects.projects(organization: organizationID)
      + new.map { StoredSentryProject(discovered: $0, organizationID: organizationID) }
    let chosen = await recorder.choose(request.projectKeys, among: all)
    await recorder.begin(projects: chosen.count, after: before.progress)
    async let begun: Void = recorder.flush()
    let reader = SentryReader(
      projects: projects, issues: issues, readings: readings, client: client, recorder: recorder,
      places: SentryPlaces(organizationID: organizationID, all, discovered: new),
      dryRun: request.dryRun)
    let tasks = SentryTask.tasks(
      for: chosen, readsAll: request.readsAll, most: Self.largestGroup)
    try await eachOf(tasks, atMost: Self.lists) { try await reader.read($0) }
    try await begun
    if request.projectKeys.isEmpty, !tasks.isEmpty {
      try await SentrySweep(reader: reader, memories: memories)
        .run(tasks, source: request.source, memory)
    }
    if !request.dryRun, await recorder.progress.failures.isEmpty {
      try await organizations.noteSynced(organizationID)
    } else {
      try await organizations.noteConnection(organizationID, .connected)
    }
  }

  /// Reads the projects, unless an incremental sync did so a moment ago.
  ///
  /// - Returns: what a dry run has not stored.
  private func discover(
    _ organizationID: Int64, _ client: SentryClient, _ request: SyncRunRequest,
    _ memory: SyncMemory
  ) async throws -> [SentryProjectRecord] {
    guard !memory.hasRecentProjects(for: request) else { return [] }
    var notStored: [SentryProjectRecord] = []
    var cursor: String?
    repeat {
      let from = cursor
      let page = try await asking(.sentry) { try await client.projects(cursor: from) }
      let records = page.projects.map(SentryProjectRecord.init)
      if request.dryRun {
        notStored += records
      } else {
        _ = try await projects.upsert(records, organization: organizationID)
      }
      cursor = page.nextCursor == cursor ? nil : page.nextCursor
    } while cursor != nil
    if !request.dryRun { try await memories.noteProjects(of: request.source) }
    return notStored
  }
}
