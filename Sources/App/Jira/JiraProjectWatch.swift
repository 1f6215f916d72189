import JiraClient
import JobQueue
import Logging
import RESTClient

/// Follows what changes without any issue being updated: keys and names of projects, projects that go to the trash,
/// are deleted or come back, and statuses that are renamed or recategorised.
struct JiraProjectWatch: Sendable {
  let projects: JiraProjectStore
  let client: JiraClient
  let organization: Int64
  let logger: Logger

  struct Report: Sendable {
    var records: [JiraProjectRecord] = []
    /// Keys of projects that could not be read.
    var unreadable: [String] = []
  }

  /// Reads the site's list of projects. What it does not name any more is looked for.
  ///
  /// - Parameters:
  ///   - told: Jira's ids of those that its webhook said to be deleted.
  ///   - dryRun: whether nothing is stored.
  func run(toldDeleted told: Set<Int64> = [], dryRun: Bool = false) async throws -> Report {
    var report = Report()
    var start = 0
    while true {
      let page = try await asking(.jira) { try await client.projects(startAt: start) }
      let records = page.projects.map(JiraProjectRecord.init)
      if !dryRun { _ = try await projects.upsert(records, organization: organization) }
      report.records += records
      report.unreadable += page.unreadable
      start += page.count
      if page.isLast || page.count == 0 { break }
    }
    // An anonymous visitor is shown an empty list.
    if report.records.isEmpty { _ = try await asking(.jira) { try await client.myself() } }
    let listed = Set(report.records.map(\.jiraID))
    let missing = try await projects.projects(organization: organization)
      .filter { !listed.contains($0.jiraID) && !report.unreadable.contains($0.key) }
    _ = try await settle(missing, toldDeleted: told, dryRun: dryRun)
    return report
  }

  /// Finds out what became of projects that Jira does not list or that it refuses to search: they are in the trash,
  /// deleted, or not visible to the account any more.
  ///
  /// - Parameter told: Jira's ids of those that its webhook said to be deleted.
  /// - Returns: our ids of those that are not there any more.
  func settle(
    _ missing: [StoredJiraProject], toldDeleted told: Set<Int64> = [], dryRun: Bool = false
  )
    async throws -> Set<Int64>
  {
    guard !missing.isEmpty else { return [] }
    // As an anonymous visitor we would see none of them.
    _ = try await asking(.jira) { try await client.myself() }
    var lost: Set<Int64> = []
    for batch in missing.batches(of: JiraClient.maxProjectIDs) {
      let browsable = try await asking(.jira) {
        try await client.browsableProjects(batch.map(\.jiraID))
      }
      let absent = batch.filter { !browsable.contains($0.jiraID) }
      guard !absent.isEmpty else { continue }
      let trashed = try await trashed(absent.map(\.jiraID))
      for project in absent {
        lost.insert(project.id)
        guard !dryRun else { continue }
        let isDeleted = trashed.contains(project.jiraID) || told.contains(project.jiraID)
        if isDeleted {
          try await projects.markDeleted(project)
        } else {
          try await projects.markNotVisible(project)
        }
        logger.notice(
          "jira.project.lost",
          metadata: ["project.key": "\(project.key)", "is.deleted": "\(isDeleted)"])
      }
    }
    return lost
  }

  /// Not every account may see the trash.
  private func trashed(_ ids: [Int64]) async throws -> Set<Int64> {
    do {
      return try await asking(.jira) { try await client.trashedProjects(ids) }
    } catch let failure as VendorFailure where [400, 403, 404].contains(failure.error.status) {
      return []
    }
  }

  /// Reads the site's statuses, and carries new names and categories to the issues that hold them.
  func checkStatuses() async throws {
    let statuses = try await asking(.jira) { try await client.statuses() }
    try await projects.follow(statuses.filter { !$0.id.isEmpty }, organization: organization)
  }
}

/// The light check of every Jira site, once a day: full syncs do the same.
struct CheckJiraSites: JobKind {
  static let kind = "check_jira_sites"
  /// How often it looks for sites that are due.
  static let interval: Duration = .seconds(3600)
  /// How long a site may go without.
  static let maxPause: Duration = .seconds(24 * 3600)
  static let timeout: Duration = .seconds(900)

  func perform(_ services: Services) async throws {
    for id in try await services.syncMemories.unchecked(.jira, for: Self.maxPause) {
      do {
        try await check(id, services)
      } catch let failure as VendorFailure {
        services.logger.warning(
          "jira.site.unchecked",
          metadata: ["organization.id": "\(id)", "error": "\(failure.sentence)"])
      } catch is Problem {
        // The organization is gone, or has no token any more.
        continue
      }
    }
  }

  private func check(_ id: Int64, _ services: Services) async throws {
    let organizations = services.jiraOrganizations
    try await organizations.notingUnauthorized(of: id) {
      let watch = JiraProjectWatch(
        projects: services.jiraProjects,
        client: try services.jiraClients.client(of: try await organizations.organization(id)),
        organization: id, logger: services.logger)
      _ = try await watch.run()
      try await watch.checkStatuses()
      try await services.syncMemories.noteCheck(of: .jira(id))
    }
  }
}
