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
  let connections: Connections
  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let readings: SyncReadingStore
  let memories: SyncMemoryStore
  let clients: SentryClients

  func run(_ organizationID: Int64, _ run: ClaimedSyncRun, _ recorder: SyncRecorder)
    async throws
  {
    async let stored =
      run.hasRecentProjects ? projects.projects(organization: organizationID) : nil
    let organization = try await organizations.organization(organizationID)
    let client = try clients.client(of: organization)
    let known = try await stored
    try await connections.notingRefusal(of: organization) {
      try await read(organization, client, run, recorder, known)
    }
  }

  /// A project that fails fails alone; refused credentials end the run.
  ///
  /// - Parameter known: the stored projects; nil: they are to be discovered first.
  private func read(
    _ organization: Organization, _ client: SentryClient, _ run: ClaimedSyncRun,
    _ recorder: SyncRecorder, _ known: [StoredSentryProject]?
  ) async throws {
    let organizationID = organization.id
    let request = run.request
    var new: [SentryProjectRecord] = []
    var all = known ?? []
    if known == nil {
      let discovered = try await discover(organizationID, client, request)
      let stored = try await projects.stored(
        discovered.map(\.sentryID), organization: organizationID)
      new = discovered.filter { !stored.contains($0.sentryID) }
      all =
        try await projects.projects(organization: organizationID)
        + new.map { StoredSentryProject(discovered: $0, organizationID: organizationID) }
    }
    let chosen = await recorder.choose(request.projectKeys, among: all)
    try await recorder.begin(projects: chosen.count)
    let reader = SentryReader(
      projects: projects, issues: issues, readings: readings, client: client, recorder: recorder,
      places: SentryPlaces(organizationID: organizationID, all, discovered: new),
      dryRun: request.dryRun, isResumed: run.isResumed)
    let tasks = SentryTask.tasks(
      for: chosen, readsAll: request.readsAll, most: Self.largestGroup)
    try await eachOf(tasks, atMost: Self.lists) { try await reader.read($0) }
    if request.projectKeys.isEmpty, !tasks.isEmpty {
      try await SentrySweep(reader: reader, memories: memories)
        .run(tasks, source: request.source, run.memory)
    }
    try await connections.noteEnd(of: recorder, organization, dryRun: request.dryRun)
  }

  /// Reads the projects.
  ///
  /// - Returns: what a dry run has not stored.
  private func discover(
    _ organizationID: Int64, _ client: SentryClient, _ request: SyncRunRequest
  ) async throws -> [SentryProjectRecord] {
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
