import Foundation
import RESTClient
import SentryClient

/// Reads a Sentry organization's projects and issues into the database.
struct SentrySync: Sendable {
  /// Projects read at the same time.
  static let concurrency = 4
  /// Issues a page, Sentry's most.
  static let pageSize = 100

  let organizations: SentryOrganizationStore
  let projects: SentryProjectStore
  let issues: SentryIssueStore
  let clients: SentryClients

  func run(_ organizationID: Int64, _ request: SyncRunRequest, _ recorder: SyncRecorder)
    async throws
  {
    let organization = try await organizations.organization(organizationID)
    let client = try clients.client(of: organization)
    do {
      try await discover(organizationID, client, request)
      try await organizations.noteConnection(organizationID, .connected, error: nil)
    } catch let failure as VendorFailure {
      let status: ConnectionStatus = failure.error.status == 401 ? .unauthorized : .failed
      try await organizations.noteConnection(organizationID, status, error: failure.sentence)
      throw failure
    }
    let chosen = try await choose(organizationID, request.projectKeys, recorder)
    try await recorder.begin(projects: chosen.count)
    try await eachOf(chosen, atMost: Self.concurrency) { project in
      do {
        try await read(project, client, request, recorder)
        await recorder.finishProject()
      } catch let failure as VendorFailure {
        await recorder.fail(project: project.slug, failure.sentence)
      }
    }
    guard !request.dryRun, await recorder.progress.failures.isEmpty else { return }
    try await organizations.noteSynced(organizationID)
  }

  private func discover(_ organizationID: Int64, _ client: SentryClient, _ request: SyncRunRequest)
    async throws
  {
    var cursor: String?
    repeat {
      let from = cursor
      let page = try await asking(.sentry) { try await client.projects(cursor: from) }
      if !request.dryRun {
        _ = try await projects.upsert(
          page.projects.map(SentryProjectRecord.init), organization: organizationID)
      }
      cursor = page.nextCursor == cursor ? nil : page.nextCursor
    } while cursor != nil
  }

  private func choose(_ organizationID: Int64, _ slugs: [String], _ recorder: SyncRecorder)
    async throws -> [StoredSentryProject]
  {
    let all = try await projects.projects(organization: organizationID)
    guard !slugs.isEmpty else { return all }
    for slug in slugs where !all.contains(where: { $0.slug == slug }) {
      await recorder.fail(
        project: nil, "There is no project \(slug) that may be synced in this organization.")
    }
    return all.filter { slugs.contains($0.slug) }
  }

  /// Reads all issues of one project, whatever the mode: Sentry has no search by time of the last
  /// change, and a status that changed without a new event would be missed by any other.
  private func read(
    _ project: StoredSentryProject, _ client: SentryClient, _ request: SyncRunRequest,
    _ recorder: SyncRecorder
  ) async throws {
    let start = Date()
    var met: Set<Int64> = []
    var left = project.maxIssues ?? .max
    var isCircle = false
    var next = try await fetch(project, nil, client)
    while true {
      let page = next.issues.prefix(left)
      left -= page.count
      let before = met.count
      met.formUnion(page.map(\.id))
      isCircle = met.count == before && !page.isEmpty
      let cursor = left > 0 && !isCircle ? next.nextCursor : nil
      async let following = fetchNext(project, cursor, client)
      let changes = try await issues.upsert(
        page.map(SentryIssueRecord.init), project: project, dryRun: request.dryRun)
      try await recorder.add(changes)
      guard let page = try await following else { break }
      next = page
    }
    if left > 0, !isCircle {
      try await sweep(project, met, before: start, client, request, recorder)
    }
    if !request.dryRun { try await projects.noteSynced(project.id, at: start) }
  }

  /// Marks issues as deleted that a complete reading did not meet and that Sentry does not know any
  /// more: the list moves while it is read, and an issue can slip from one page to another.
  private func sweep(
    _ project: StoredSentryProject, _ met: Set<Int64>, before start: Date, _ client: SentryClient,
    _ request: SyncRunRequest, _ recorder: SyncRecorder
  ) async throws {
    let stored = try await issues.liveIDs(project: project.id, createdBefore: start)
    for id in stored where !met.contains(id) {
      guard try await isGone(id, client) else { continue }
      let count = try await issues.markDeleted(
        [id], organization: project.organizationID, dryRun: request.dryRun)
      await recorder.addDeleted(count)
    }
  }

  private func isGone(_ id: Int64, _ client: SentryClient) async throws -> Bool {
    do {
      _ = try await asking(.sentry) { try await client.issue(id) }
      return false
    } catch let failure as VendorFailure where failure.error.status == 404 {
      return true
    }
  }

  private func fetchNext(_ project: StoredSentryProject, _ cursor: String?, _ client: SentryClient)
    async throws -> SentryIssuePage?
  {
    guard let cursor else { return nil }
    return try await fetch(project, cursor, client)
  }

  private func fetch(_ project: StoredSentryProject, _ cursor: String?, _ client: SentryClient)
    async throws -> SentryIssuePage
  {
    try await asking(.sentry) {
      try await client.issues(
        query: "", projectIDs: [project.sentryID], cursor: cursor, limit: Self.pageSize)
    }
  }
}
