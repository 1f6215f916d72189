import Foundation
import JiraClient
import Logging
import RESTClient

/// Reads a Jira site's projects and issues into the database.
struct JiraSync: Sendable {
  /// Requests to Jira at the same time.
  static let concurrency = 4
  /// Lists read at the same time: while the end of one is stored, others keep Jira busy.
  static let lists = 6
  /// How far before the last sync an incremental one reads again, in minutes: Jira's index lags.
  /// Both ends of the window are times of our own clock, so that Jira's does not matter.
  static let overlapMinutes = 15
  /// Projects whose watermarks are further apart than this are asked for apart, in seconds.
  static let widestGroup: Double = 3600
  /// Projects a question at most.
  static let largestGroup = 200

  let organizations: OrganizationStore
  let connections: Connections
  let projects: JiraProjectStore
  let issues: JiraIssueStore
  let readings: SyncReadingStore
  let memories: SyncMemoryStore
  let indexes: DeferredIndexes
  let clients: JiraClients
  let logger: Logger

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
    _ organization: Organization, _ client: JiraClient, _ run: ClaimedSyncRun,
    _ recorder: SyncRecorder, _ known: [StoredJiraProject]?
  ) async throws {
    let request = run.request
    var new: [JiraProjectRecord] = []
    var all = known ?? []
    let watch = JiraProjectWatch(
      projects: projects, client: client, organization: organization.id, logger: logger)
    if known == nil {
      new = try await unknown(
        of: discover(organization, client, request, watch, recorder), organization)
      all =
        try await projects.projects(organization: organization.id)
        + new.map { StoredJiraProject(discovered: $0, organizationID: organization.id) }
    }
    let chosen = await recorder.choose(request.projectKeys, among: all)
    try await recorder.begin(projects: chosen.count)
    let reader = JiraReader(
      projects: projects, issues: issues, readings: readings, client: client, recorder: recorder,
      places: JiraPlaces(organizationID: organization.id, all, discovered: new),
      dryRun: request.dryRun, isResumed: run.isResumed, watch: watch)
    let start = Date()
    let tasks = JiraTask.tasks(
      for: chosen, readsAll: request.readsAll, most: Self.largestGroup, within: Self.widestGroup)
    // A worker builds them afterwards: where the command line syncs, there may be none.
    if !request.dryRun, request.trigger != "cli" {
      let expected = try await expected(of: tasks, client)
      // None are dropped for a run that shall stop.
      if expected > 0 {
        try await recorder.flush()
        try await indexes.put(off: expected, by: recorder.runID)
      }
    }
    do {
      try await readAll(tasks, reader, run, at: start)
    } catch let failure as VendorFailure where failure.error.status == 401 {
      // Lists may have been read as an anonymous visitor sees them, before it was found out: they are read again.
      if !request.dryRun { try await projects.setBack(chosen) }
      throw failure
    }
    try await connections.noteEnd(of: recorder, organization, dryRun: request.dryRun)
  }

  private func readAll(
    _ tasks: [JiraTask], _ reader: JiraReader, _ run: ClaimedSyncRun, at start: Date
  ) async throws {
    let (request, recorder) = (run.request, reader.recorder)
    let sweep = JiraSweep(reader: reader, memories: memories)
    async let count = request.projectKeys.isEmpty ? sweep.count(beside: tasks) : nil
    try await eachOf(tasks, atMost: Self.lists) { try await reader.read($0) }
    if request.projectKeys.isEmpty {
      // What failed is left out, so that another count is wanted.
      let (failures, lost) = (await recorder.progress.failures, await reader.lostProjects)
      let counted = failures.isEmpty && lost.isEmpty ? await count : nil
      try await sweep.run(tasks, source: request.source, run.memory, at: start, counted: counted)
    }
    // An anonymous visitor finds nothing, too; where the sweep has counted, that was found out by its count.
    let isCounted =
      request.projectKeys.isEmpty && tasks.contains { !sweep.countable($0.projects).isEmpty }
    if !isCounted, await recorder.progress.issuesSeen == 0 {
      _ = try await reader.ask { try await reader.client.myself() }
    }
  }

  /// Those that a dry run has not stored and that are not stored yet.
  private func unknown(of discovered: [JiraProjectRecord], _ organization: Organization)
    async throws -> [JiraProjectRecord]
  {
    guard !discovered.isEmpty else { return [] }
    let known = try await projects.projects(
      organization: organization.id, jiraIDs: discovered.map(\.jiraID))
    return discovered.filter { known[$0.jiraID] == nil && !$0.archived }
  }

  /// About how many issues the projects that were never read will bring; 0 where Jira does not say.
  private func expected(of tasks: [JiraTask], _ client: JiraClient) async throws -> Int {
    let new = tasks.flatMap { task -> [StoredJiraProject] in
      if case .project(let project) = task, project.watermark == nil { [project] } else { [] }
    }
    func count(_ projects: [StoredJiraProject]) async throws -> Int {
      guard !projects.isEmpty else { return 0 }
      let jql = JQL.oneOf("project", projects.map { .number($0.jiraID) }).text
      return try await asking(.jira) { try await client.approximateCount(jql: jql) }
    }
    let limited = new.filter { $0.maxIssues != nil }
    do {
      return try await count(new.filter { $0.maxIssues == nil })
        + min(count(limited), limited.compactMap(\.maxIssues).reduce(0, +))
    } catch is VendorFailure {
      return 0
    }
  }

  /// Reads the site's address, projects and, where all is read, statuses.
  ///
  /// - Returns: what a dry run has not stored.
  private func discover(
    _ organization: Organization, _ client: JiraClient, _ request: SyncRunRequest,
    _ watch: JiraProjectWatch, _ recorder: SyncRecorder
  ) async throws -> [JiraProjectRecord] {
    let server = try await asking(.jira) { try await client.serverInfo() }
    try await organizations.noteSite(
      organization,
      SiteIdentity(id: await JiraGateway.cloudID(of: organization.baseURL, connections.transport)),
      url: server.baseURL)
    let report = try await watch.run(dryRun: request.dryRun)
    for key in report.unreadable {
      await recorder.fail(project: key, "Jira's answer lacks the project's id or key.")
    }
    guard !request.dryRun else { return report.records }
    if request.readsAll {
      try await watch.checkStatuses()
      try await memories.noteCheck(of: request.source)
    }
    try await memories.noteProjects(of: request.source)
    return []
  }
}
