import Foundation
import JiraClient
import RESTClient

/// Reads a Jira site's projects and issues into the database.
struct JiraSync: Sendable {
  /// Projects read at the same time.
  static let concurrency = 4
  /// Issues a page; Jira gives at most 100 where descriptions are asked for.
  static let pageSize = 100
  /// How far before the last sync an incremental one reads again, in minutes: Jira's index lags and
  /// its clock is not ours.
  static let overlapMinutes = 15
  /// Pages with nothing new that end a reading: a token that leads in a circle.
  static let mostIdlePages = 3

  let organizations: JiraOrganizationStore
  let projects: JiraProjectStore
  let issues: JiraIssueStore
  let clients: JiraClients

  func run(_ organizationID: Int64, _ request: SyncRunRequest, _ recorder: SyncRecorder)
    async throws
  {
    let organization = try await organizations.organization(organizationID)
    let client = try clients.client(of: organization)
    do {
      try await discover(organization, client, request)
    } catch let failure as VendorFailure {
      let status: ConnectionStatus = failure.error.status == 401 ? .unauthorized : .failed
      try await organizations.noteConnection(
        organizationID, status, error: failure.sentence, siteURL: nil)
      throw failure
    }
    let chosen = try await choose(organizationID, request.projectKeys, recorder)
    try await recorder.begin(projects: chosen.count)
    try await eachOf(chosen, atMost: Self.concurrency) { project in
      do {
        try await read(project, client, request, recorder)
        await recorder.finishProject()
      } catch let failure as VendorFailure {
        await recorder.fail(project: project.key, failure.sentence)
      }
    }
    guard !request.dryRun, await recorder.progress.failures.isEmpty else { return }
    try await organizations.noteSynced(organizationID)
  }

  private func discover(
    _ organization: JiraOrganization, _ client: JiraClient, _ request: SyncRunRequest
  ) async throws {
    let server = try await asking(.jira) { try await client.serverInfo() }
    try await organizations.noteConnection(
      organization.id, .connected, error: nil, siteURL: server.baseURL)
    var start = 0
    while true {
      let page = try await asking(.jira) { try await client.projects(startAt: start) }
      if !request.dryRun {
        _ = try await projects.upsert(
          page.projects.map(JiraProjectRecord.init), organization: organization.id)
      }
      start += page.projects.count
      if page.isLast || page.projects.isEmpty { return }
    }
  }

  private func choose(_ organizationID: Int64, _ keys: [String], _ recorder: SyncRecorder)
    async throws -> [StoredJiraProject]
  {
    let all = try await projects.projects(organization: organizationID)
    guard !keys.isEmpty else { return all }
    for key in keys where !all.contains(where: { $0.key == key }) {
      await recorder.fail(
        project: nil, "There is no project \(key) that may be synced in this organization.")
    }
    return all.filter { keys.contains($0.key) }
  }

  /// Reads one project page by page; the next page is fetched while this one is stored.
  private func read(
    _ project: StoredJiraProject, _ client: JiraClient, _ request: SyncRunRequest,
    _ recorder: SyncRecorder
  ) async throws {
    let start = Date()
    let isFull = request.full || request.force || project.lastSyncedAt == nil
    let jql = Self.jql(project, since: isFull ? nil : project.lastSyncedAt, now: start)
    var met: Set<Int64> = []
    var idlePages = 0
    var left = project.maxIssues ?? .max
    var next = try await fetch(jql, nil, client)
    while true {
      let page = next.issues.prefix(left)
      left -= page.count
      let before = met.count
      met.formUnion(page.map(\.id))
      idlePages = met.count == before ? idlePages + 1 : 0
      let token = left > 0 && idlePages < Self.mostIdlePages ? next.nextPageToken : nil
      async let following = fetchNext(jql, token, client)
      let changes = try await issues.upsert(
        page.map(JiraIssueRecord.init), project: project, dryRun: request.dryRun)
      try await recorder.add(changes)
      guard let page = try await following else { break }
      next = page
    }
    if isFull, left > 0, idlePages < Self.mostIdlePages {
      try await sweep(project, met, before: start, client, request, recorder)
    }
    if !request.dryRun { try await projects.noteSynced(project.id, at: start) }
  }

  /// Marks issues as deleted that a complete reading did not meet, after asking Jira for each: the
  /// index lags, and a moved issue lives on elsewhere.
  private func sweep(
    _ project: StoredJiraProject, _ met: Set<Int64>, before start: Date, _ client: JiraClient,
    _ request: SyncRunRequest, _ recorder: SyncRecorder
  ) async throws {
    let stored = try await issues.liveIDs(project: project.id, createdBefore: start)
    let missing = stored.filter { !met.contains($0) }
    for index in stride(from: 0, to: missing.count, by: 100) {
      let batch = Array(missing[index..<min(index + 100, missing.count)])
      let alive = try await asking(.jira) {
        try await client.bulkFetch(ids: batch.map(String.init), fields: ["project"])
      }
      let aliveIDs = Set(alive.map(\.id))
      let gone = batch.filter { !aliveIDs.contains($0) }
      let count = try await issues.markDeleted(
        gone, organization: project.organizationID, dryRun: request.dryRun)
      await recorder.addDeleted(count)
    }
  }

  private func fetchNext(_ jql: String, _ token: String?, _ client: JiraClient) async throws
    -> JiraSearchPage?
  {
    guard let token else { return nil }
    return try await fetch(jql, token, client)
  }

  private func fetch(_ jql: String, _ token: String?, _ client: JiraClient) async throws
    -> JiraSearchPage
  {
    try await asking(.jira) {
      try await client.search(
        jql: jql, fields: JiraIssueRecord.fields, maxResults: Self.pageSize, nextPageToken: token)
    }
  }

  /// Relative, since date literals are read in the account's time zone at minute granularity.
  private static func jql(_ project: StoredJiraProject, since: Date?, now: Date) -> String {
    var jql = JQL.equals("project", .number(project.jiraID))
    if let since {
      let minutes = Int(now.timeIntervalSince(since) / 60) + 1 + overlapMinutes
      jql = JQL.and(jql, .updatedWithin(minutes: minutes))
    }
    return jql.ordered(by: "updated", descending: true)
  }
}
