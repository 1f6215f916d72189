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
  let merges: MergedIssueStore
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
    let request = run.request
    let organizationID = organization.id
    let check = SentryProjectCheck(
      projects: projects, client: client, organizationID: organizationID)
    var new: [SentryProjectRecord] = []
    var all = known ?? []
    if known == nil {
      let discovered = try await discover(check, request, recorder)
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
      merges: merges, check: check, historyDays: organization.historyDays,
      dryRun: request.dryRun, isResumed: run.isResumed)
    let tasks = SentryTask.tasks(
      for: chosen, readsAll: request.readsAll, most: Self.largestGroup)
    try await eachOf(tasks, atMost: Self.lists) { try await reader.read($0) }
    do {
      try await reader.settle()
    } catch let failure as VendorFailure where failure.error.status != 401 {
      await recorder.fail(project: nil, failure.sentence)
    }
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
    _ check: SentryProjectCheck, _ request: SyncRunRequest, _ recorder: SyncRecorder
  ) async throws -> [SentryProjectRecord] {
    let listing = try await check.list()
    for record in listing.unreadable { await recorder.fail(project: nil, record.sentence) }
    if request.dryRun { return listing.records }
    try await check.store(listing)
    try await memories.noteProjects(of: request.source)
    if listing.ids.isEmpty, try await projects.hasAny(organization: check.organizationID) {
      await recorder.fail(
        project: nil,
        "Sentry lists no project for this token any more; what was read before is kept. Check that the token may "
          + "read the projects (scope project:read) and that its team has access to them.")
    }
    return []
  }
}
