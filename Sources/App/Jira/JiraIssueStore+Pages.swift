import Foundation
import Postgres

/// Storing issues as Jira states them, and finding what it states no longer.
extension JiraIssueStore {
  /// Stores what Jira answered to a change of ours, with its audit event.
  func storeChange(_ id: Int64, _ record: JiraIssueRecord, project: StoredJiraProject) async throws
  {
    try await pool.change { connection in
      try AuditStore.auditing("jira_issue", id, Self.audited, on: connection) {
        _ = try Self.upsert([record], project: project, on: connection)
      }
    }
  }

  /// Stores a page as Jira states it, in one statement: what is equal is not written, and what is
  /// older than the stored copy never overwrites it. Keys given twice are folded to the newest.
  func upsert(_ records: [JiraIssueRecord], project: StoredJiraProject, dryRun: Bool) async throws
    -> PageChanges
  {
    let records = Self.folded(records)
    guard !records.isEmpty else { return PageChanges() }
    return try await pool.dryRunnable(dryRun) { connection in
      try Self.upsert(records, project: project, on: connection)
    }
  }

  static func upsert(
    _ records: [JiraIssueRecord], project: StoredJiraProject, on connection: Connection
  ) throws -> PageChanges {
    try upsert(
      records, places: Array(repeating: project.id, count: records.count),
      organizationID: project.organizationID, on: connection)
  }

  /// Stores a page of any projects' issues; those of projects that are not synced are left out.
  ///
  /// - Parameters:
  ///   - step: noted in the same transaction; nil: none.
  ///   - areNew: nothing of their project was stored before, so that it is tried to insert them without
  ///     looking for each, a tenth of what storing one costs.
  func store(
    _ records: [JiraIssueRecord], of step: SyncReading.Step? = nil, _ places: JiraPlaces,
    areNew: Bool = false, dryRun: Bool
  ) async throws -> PageChanges {
    let placed = Self.placed(records, places)
    guard !placed.isEmpty || step != nil else { return PageChanges() }
    let store: @Sendable (Statement) async throws -> PageChanges = { statement in
      try await pool.dryRunnable(dryRun) { connection in
        if dryRun { return try Self.plan(placed, places, on: connection) }
        let changes = try Self.upsert(
          placed, places: placed.compactMap { places[$0.jiraProjectID]?.id },
          organizationID: places.organizationID, by: statement, on: connection)
        if let step { try SyncReadingStore.note(step, changes, on: connection) }
        return changes
      }
    }
    guard areNew else { return try await store(Self.upsertPage) }
    do {
      return try await store(Self.insertPage)
    } catch let error as PostgresError where error.constraint == "jira_issues_identity" {
      // One of them was there: a webhook brought it, it came from another project, or it was deleted.
      return try await store(Self.upsertPage)
    }
  }

  /// Stores issues in one statement that does not wait for the disk: they are read again should a crash of
  /// PostgreSQL lose them. For syncs only, which act for nobody: it is not signed.
  func storeLazily(_ records: [JiraIssueRecord], _ places: JiraPlaces) async throws -> PageChanges {
    let placed = Self.placed(records, places)
    guard !placed.isEmpty else { return PageChanges() }
    let rows = try await pool.query(
      Self.lazyUpsertPage,
      Self.parameters(
        placed, places: placed.compactMap { places[$0.jiraProjectID]?.id },
        organizationID: places.organizationID))
    return try PageChanges(counted: rows, of: placed.count)
  }

  private static func placed(_ records: [JiraIssueRecord], _ places: JiraPlaces)
    -> [JiraIssueRecord]
  {
    let folded = folded(records)
    func isPlaced(_ record: JiraIssueRecord) -> Bool { places[record.jiraProjectID] != nil }
    // Hardly ever is one left out, for which all would be copied.
    return folded.allSatisfy(isPlaced) ? folded : folded.filter(isPlaced)
  }

  private static func plan(
    _ records: [JiraIssueRecord], _ places: JiraPlaces, on connection: Connection
  ) throws -> PageChanges {
    let places = try places.rehearsed(on: connection)
    var (changes, plan) = try PlanComparison.changes(
      of: Self.compared, [places.organizationID, records.map(\.jiraID)], on: connection
    ) {
      try Self.upsert(
        records, places: records.compactMap { places[$0.jiraProjectID]?.id },
        organizationID: places.organizationID, on: connection)
    }
    changes.plan = plan
    return changes
  }

  /// The keys of stored issues by the vendor's ids.
  func keys(_ ids: [Int64], organization id: Int64) async throws -> [String] {
    try await pool.query(Self.compared, id, ids).map { try $0.text("key") }
  }

  private static func upsert(
    _ records: [JiraIssueRecord], places: [Int64], organizationID: Int64,
    by statement: Statement = upsertPage, on connection: Connection
  ) throws -> PageChanges {
    guard !records.isEmpty else { return PageChanges() }
    let rows = try connection.query(
      statement, parameters(records, places: places, organizationID: organizationID))
    return try PageChanges(counted: rows, of: records.count)
  }

  private static func parameters(
    _ records: [JiraIssueRecord], places: [Int64], organizationID: Int64
  ) -> [(any PostgresEncodable)?] {
    [
      organizationID, places, records.map(\.jiraID),
      records.map(\.key), records.map(\.summary), records.map(\.description),
      records.map(\.issueType), records.map(\.status), records.map(\.statusCategory),
      records.map(\.resolution), records.map(\.priority), records.map(\.assigneeAccountID),
      records.map(\.assigneeDisplayName), records.map(\.reporterAccountID),
      records.map(\.reporterDisplayName), records.map { joined($0.labels) },
      records.map { joined($0.components) }, records.map { joined($0.fixVersions) },
      records.map(\.createdAt), records.map(\.updatedAt), records.map(\.resolvedAt),
      records.map { joined($0.sentryAddresses) }, records.map(\.statusID),
    ]
  }

  /// Marks as deleted what a complete reading of a project did not meet.
  func markDeleted(_ jiraIDs: [Int64], organization: Int64, dryRun: Bool) async throws -> Int {
    try await pool.dryRunnable(dryRun) { connection in
      try connection.query(Self.markDeleted, organization, jiraIDs).affected
    }
  }

  /// Marks issues that Jira does not show and that are not proven to be deleted.
  func markNotVisible(_ jiraIDs: [Int64], organization: Int64, dryRun: Bool = false) async throws {
    guard !jiraIDs.isEmpty, !dryRun else { return }
    try await pool.dryRunnable(dryRun) { connection in
      _ = try connection.query(Self.markNotVisible, organization, jiraIDs)
    }
  }

  /// Those of some issues that are stored and not deleted, by Jira's ids.
  func stored(_ jiraIDs: [Int64], organization: Int64) async throws -> [AbsentJiraIssue] {
    guard !jiraIDs.isEmpty else { return [] }
    return try await pool.query(Self.stored, organization, jiraIDs).map { row in
      AbsentJiraIssue(
        jiraID: try row.int64("jira_id"), key: try row.text("key"),
        projectID: try row.int64("project_id"), projectJiraID: try row.int64("project_jira_id"))
    }
  }

  /// The live issues of a project that were stored before `time` and that Jira does not list.
  func missing(_ projectID: Int64, listed: [Int64], before time: Date) async throws -> [Int64] {
    try await pool.query(Self.missing, projectID, listed, time).map { try $0.int64("jira_id") }
  }

  /// Those that Jira lists for a project and that are not stored there, or as deleted.
  func unknown(_ projectID: Int64, listed: [Int64]) async throws -> [Int64] {
    try await pool.query(Self.unknown, projectID, listed).map { try $0.int64("jira_id") }
  }

  /// Whether a project has no live issue.
  func isEmpty(project id: Int64) async throws -> Bool { try await count(projects: [id]) == 0 }

  /// The live issues of some projects.
  func count(projects ids: [Int64]) async throws -> Int {
    try await pool.query(Self.count, ids)[0].int("count")
  }

  private static func folded(_ records: [JiraIssueRecord]) -> [JiraIssueRecord] {
    let order = records.indices.map { (id: records[$0].jiraID, index: $0) }.sorted(by: <)
    var folded: [JiraIssueRecord] = []
    folded.reserveCapacity(records.count)
    for (id, index) in order {
      if let last = folded.indices.last, folded[last].jiraID == id {
        if records[index].updatedAt > folded[last].updatedAt { folded[last] = records[index] }
      } else {
        folded.append(records[index])
      }
    }
    return folded
  }

  /// Arrays of arrays cannot be unnested by row.
  private static func joined(_ texts: [String]) -> String { ArrayLiteral.text(of: texts) }

  private static let audited: Statement = """
    select json_build_object('summary', summary, 'status', status, 'resolution', resolution,
      'priority', priority, 'labels', labels, 'assignee_account_id', assignee_account_id)::text
    from jira_issues where id = $1 for update
    """
  private static let upsertPage = PageChanges.counting("\(insert)\n\(update)")
  private static let lazyUpsertPage = PageChanges.counting(
    "\(insert)\n\(update)", commitsLazily: true)
  private static let insertPage = PageChanges.counting(insert)
  private static let insert = """
    insert into jira_issues as i
      (jira_organization_id, jira_project_id, jira_id, key, summary, description, issue_type,
       status, status_category, resolution, priority, assignee_account_id, assignee_display_name,
       reporter_account_id, reporter_display_name, labels, components, fix_versions,
       jira_created_at, jira_updated_at, resolved_at, sentry_addresses, status_id)
    select $1, u.project_id, u.jira_id, u.key, u.summary, u.description, u.issue_type, u.status, u.category,
      u.resolution, u.priority, u.assignee_id, u.assignee_name, u.reporter_id, u.reporter_name,
      u.labels::text[], u.components::text[], u.fix_versions::text[], u.created, u.updated, u.resolved,
      u.sentry_addresses::text[], u.status_id
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
        $16::text[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[],
        $21::timestamptz[], $22::text[], $23::text[])
      as u (project_id, jira_id, key, summary, description, issue_type, status, category, resolution, priority,
        assignee_id, assignee_name, reporter_id, reporter_name, labels, components, fix_versions,
        created, updated, resolved, sentry_addresses, status_id)
    """
  private static let update = """
    on conflict on constraint jira_issues_identity do update set
      jira_project_id = excluded.jira_project_id, key = excluded.key, summary = excluded.summary,
      description = excluded.description, issue_type = excluded.issue_type,
      status = excluded.status, status_category = excluded.status_category,
      resolution = excluded.resolution, priority = excluded.priority,
      assignee_account_id = excluded.assignee_account_id,
      assignee_display_name = excluded.assignee_display_name,
      reporter_account_id = excluded.reporter_account_id,
      reporter_display_name = excluded.reporter_display_name, labels = excluded.labels,
      components = excluded.components, fix_versions = excluded.fix_versions,
      jira_created_at = excluded.jira_created_at, jira_updated_at = excluded.jira_updated_at,
      resolved_at = excluded.resolved_at, sentry_addresses = excluded.sentry_addresses,
      status_id = excluded.status_id, deleted_at = null, not_visible_since = null, updated_at = now()
    where excluded.jira_updated_at >= i.jira_updated_at
      and (i.jira_updated_at, i.jira_project_id, i.key, i.summary, i.description, i.issue_type, i.status,
           i.status_category, i.resolution, i.priority, i.assignee_account_id,
           i.assignee_display_name, i.reporter_account_id, i.reporter_display_name, i.labels,
           i.components, i.fix_versions, i.jira_created_at, i.resolved_at,
           i.sentry_addresses, i.status_id, i.deleted_at, i.not_visible_since)
        is distinct from
          (excluded.jira_updated_at, excluded.jira_project_id, excluded.key, excluded.summary,
           excluded.description, excluded.issue_type, excluded.status, excluded.status_category,
           excluded.resolution, excluded.priority, excluded.assignee_account_id,
           excluded.assignee_display_name, excluded.reporter_account_id,
           excluded.reporter_display_name, excluded.labels, excluded.components,
           excluded.fix_versions, excluded.jira_created_at, excluded.resolved_at,
           excluded.sentry_addresses, excluded.status_id, null::timestamptz, null::timestamptz)
    """
  private static let markDeleted: Statement = """
    update jira_issues set deleted_at = now()
    where jira_organization_id = $1 and jira_id = any($2) and deleted_at is null
    """
  private static let markNotVisible: Statement = """
    update jira_issues set not_visible_since = now()
    where jira_organization_id = $1 and jira_id = any($2) and deleted_at is null
      and not_visible_since is null
    """
  private static let stored: Statement = """
    select i.jira_id, i.key, i.jira_project_id as project_id, p.jira_id as project_jira_id
    from jira_issues i join jira_projects p on p.id = i.jira_project_id
    where i.jira_organization_id = $1 and i.jira_id = any($2) and i.deleted_at is null
    order by i.jira_id
    """
  private static let compared = Statement(
    """
    select i.jira_id as identity, i.key as key, json_build_object('project', i.jira_project_id, 'key', i.key, 'summary', i.summary, 'description', i.description,
      'issue_type', i.issue_type, 'status', i.status, 'resolution', i.resolution,
      'priority', i.priority, 'assignee', i.assignee_display_name, 'reporter', i.reporter_display_name,
      'labels', i.labels, 'components', i.components, 'fix_versions', i.fix_versions,
      'updated_at', i.jira_updated_at, 'resolved_at', i.resolved_at, 'deleted_at', i.deleted_at)::text as fields,
      \(PlanComparison.isWritten) as is_written
    from jira_issues i where i.jira_organization_id = $1 and i.jira_id = any($2)
    """)
  private static let missing: Statement = """
    select i.jira_id from jira_issues i
    where i.jira_project_id = $1 and i.deleted_at is null and i.created_at < $3
      and not exists (select from unnest($2::bigint[]) as listed (id) where listed.id = i.jira_id)
    """
  private static let unknown: Statement = """
    select listed.id as jira_id from unnest($2::bigint[]) as listed (id)
    where not exists (
      select from jira_issues i
      where i.jira_project_id = $1 and i.deleted_at is null and i.jira_id = listed.id)
    """
  private static let count: Statement = """
    select coalesce(sum(issues), 0)::bigint as count from jira_issue_counts
    where jira_project_id = any($1)
    """
}
