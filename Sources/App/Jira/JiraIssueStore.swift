import Foundation
import Postgres
import RESTClient

/// How a page of vendor records differed from what was stored.
struct PageChanges: Sendable {
  var seen = 0
  var created = 0
  var updated = 0
  var unchanged: Int { seen - created - updated }
  /// Of a dry run: what would change.
  var plan: [SyncPlan.Change] = []
}

/// A stored Jira issue as services need it.
struct StoredJiraIssue: Sendable {
  var id: Int64
  var projectID: Int64
  var jiraID: Int64
  var key: String
}

package struct JiraIssueStore: Sendable {
  let pool: PostgresPool

  static let sorts = [
    SortField("jira_updated_at", "i.jira_updated_at", "timestamptz"),
    SortField("jira_created_at", "i.jira_created_at", "timestamptz"),
    SortField("key", "i.key", "text"),
  ]

  struct Filters: Sendable {
    var projectID, organizationID, productID: Int64?
    var status, statusCategory, priority, issueType, assigneeAccountID, label, q, key: String?
    var linked: Bool?
    var updatedSince: Date?
  }

  /// The filters that migrations/0012 has indexes for.
  private static let indexes: Set<Set<String>> = [
    ["project"], ["project", "status"], ["project", "category"], ["organization"], ["status"],
    ["category"], ["priority"], ["type"], ["assignee"], ["key"], ["project", "since"], ["since"],
    ["organization", "since"],
  ]

  static func query(_ filters: Filters) -> ListQuery {
    var query = ListQuery(select: list, idExpression: "i.id", indexes: indexes)
    query.require("i.deleted_at is null")
    query.filter("i.jira_project_id = $?", filters.projectID, as: "project")
    query.filter("i.jira_organization_id = $?", filters.organizationID, as: "organization")
    query.filter(
      "i.jira_project_id in (select id from jira_projects where product_id = $?)",
      filters.productID)
    query.filter("i.status = $?", filters.status, as: "status")
    query.filter("i.status_category = $?", filters.statusCategory, as: "category")
    query.filter("i.priority = $?", filters.priority, as: "priority")
    query.filter("i.issue_type = $?", filters.issueType, as: "type")
    query.filter("i.assignee_account_id = $?", filters.assigneeAccountID, as: "assignee")
    query.filter("i.labels @> array[$?]", filters.label)
    query.filter("i.key = $?", filters.key, as: "key")
    query.filter("i.jira_updated_at >= $?", filters.updatedSince, as: "since")
    query.filter(
      "(' ' || i.key || ' ' || i.summary) ilike $?", filters.q.map(SearchPattern.containing))
    query.filter(
      filters.linked, "exists (select from links l where l.jira_issue_id = i.id)",
      "not exists (select from links l where l.jira_issue_id = i.id)")
    return query
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    try await Self.query(filters).run(on: pool, page: page)
  }

  /// The issue as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Issues as JSON, by id.
  func json(_ ids: [Int64]) async throws -> [Int64: [UInt8]] {
    try await pool.read(Self.findAll, ids).reduce(into: [:]) {
      $0[try $1.int64("id")] = try $1.json()
    }
  }

  /// The issue as services need it.
  ///
  /// - Throws: a 404.
  func issue(_ id: Int64) async throws -> StoredJiraIssue {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Jira issue \(id)")
    }
    return StoredJiraIssue(
      id: id, projectID: try row.int64("jira_project_id"), jiraID: try row.int64("jira_id"),
      key: try row.text("key"))
  }

  /// What people call the issue, and where they find it.
  ///
  /// - Throws: a 404.
  func place(_ id: Int64) async throws -> (key: String, url: String) {
    guard let row = try await pool.read(Self.place, id).first else {
      throw Problem.notFound("Jira issue \(id)")
    }
    return (try row.text("key"), try row.text("browse_url"))
  }

  /// Stores what Jira answered to a change of ours, with its audit event.
  func storeChange(_ id: Int64, _ record: JiraIssueRecord, project: StoredJiraProject) async throws
  {
    try await pool.change { connection in
      let before = try connection.query(Self.audited, id).first?.text(0)
      _ = try Self.upsert([record], project: project, on: connection)
      guard let before, let after = try connection.query(Self.audited, id).first?.text(0),
        let difference = try AuditDifference.between(before, after)
      else { return }
      try AuditStore.write(
        "updated", "jira_issue", id, before: difference.before, after: difference.after,
        on: connection)
    }
  }

  /// Audits a comment that was made in Jira.
  func noteComment(_ id: Int64, comment: String) async throws {
    let after = JSONValue.object(["comment_id": .string(comment)]).encoded()
    try await pool.change { connection in
      try AuditStore.write(
        "updated", "jira_issue", id, before: nil, after: String(decoding: after, as: UTF8.self),
        on: connection)
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
  /// - Parameter step: noted in the same transaction; nil: none.
  func store(
    _ records: [JiraIssueRecord], of step: SyncReading.Step? = nil,
    _ places: JiraPlaces, dryRun: Bool
  ) async throws -> PageChanges {
    let placed = Self.folded(records).filter { places[$0.jiraProjectID] != nil }
    return try await pool.dryRunnable(dryRun) { connection in
      if dryRun { return try Self.plan(placed, places, on: connection) }
      if step != nil { try SyncReadingStore.commitLazily(on: connection) }
      let changes = try Self.upsert(
        placed, places: placed.compactMap { places[$0.jiraProjectID]?.id },
        organizationID: places.organizationID, on: connection)
      if let step { try SyncReadingStore.note(step, changes, on: connection) }
      return changes
    }
  }

  private static func plan(
    _ records: [JiraIssueRecord], _ places: JiraPlaces, on connection: Connection
  ) throws -> PageChanges {
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
    _ records: [JiraIssueRecord], places: [Int64], organizationID: Int64, on connection: Connection
  ) throws -> PageChanges {
    guard !records.isEmpty else { return PageChanges() }
    let rows = try connection.query(
      Self.upsertPage, organizationID, places, records.map(\.jiraID),
      records.map(\.key), records.map(\.summary), records.map(\.description),
      records.map(\.issueType), records.map(\.status), records.map(\.statusCategory),
      records.map(\.resolution), records.map(\.priority), records.map(\.assigneeAccountID),
      records.map(\.assigneeDisplayName), records.map(\.reporterAccountID),
      records.map(\.reporterDisplayName), records.map { Self.joined($0.labels) },
      records.map { Self.joined($0.components) }, records.map { Self.joined($0.fixVersions) },
      records.map(\.createdAt), records.map(\.updatedAt), records.map(\.resolvedAt),
      records.map { Self.joined($0.sentryAddresses) })
    var changes = PageChanges(seen: records.count)
    for row in rows {
      if try row.bool("created") { changes.created += 1 } else { changes.updated += 1 }
    }
    return changes
  }

  /// Marks as deleted what a complete reading of a project did not meet.
  func markDeleted(_ jiraIDs: [Int64], organization: Int64, dryRun: Bool) async throws -> Int {
    try await pool.dryRunnable(dryRun) { connection in
      try connection.query(Self.markDeleted, organization, jiraIDs).affected
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

  /// The live issues of some projects.
  func count(projects ids: [Int64]) async throws -> Int {
    try await pool.query(Self.count, ids)[0].int("count")
  }

  private static func folded(_ records: [JiraIssueRecord]) -> [JiraIssueRecord] {
    Dictionary(records.map { ($0.jiraID, $0) }) { $0.updatedAt >= $1.updatedAt ? $0 : $1 }
      .values.sorted { $0.jiraID < $1.jiraID }
  }

  /// Arrays of arrays cannot be unnested by row; a unit separator cannot occur in a label or
  /// an address.
  private static func joined(_ texts: [String]) -> String { texts.joined(separator: "\u{1F}") }

  private static let columns = """
    i.id, i.jira_project_id, i.jira_id, i.key, i.summary, i.description, i.issue_type, i.status,
    i.status_category, i.priority,
    case when i.assignee_account_id is not null then json_build_object(
      'account_id', i.assignee_account_id, 'display_name', i.assignee_display_name)
    end as assignee,
    case when i.reporter_account_id is not null then json_build_object(
      'account_id', i.reporter_account_id, 'display_name', i.reporter_display_name)
    end as reporter,
    i.labels, i.components, i.fix_versions, i.jira_created_at, i.jira_updated_at, i.resolved_at,
    rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || i.key as browse_url,
    i.deleted_at,
    coalesce((select json_agg(json_build_object(
        'id', l.id, 'sentry_issue_id', l.sentry_issue_id, 'short_id', s.short_id,
        'state', l.state, 'link_type', l.link_type) order by l.id)
      from links l join sentry_issues s on s.id = l.sentry_issue_id
      where l.jira_issue_id = i.id), '[]') as links
    """
  private static let tables = """
    from jira_issues i join jira_organizations o on o.id = i.jira_organization_id
    """
  private static let list = "select /*sort*/\(columns) \(tables)"
  private static let find = Statement("select \(columns) \(tables) where i.id = $1")

  private static let findAll = Statement("select \(columns) \(tables) where i.id = any($1)")
  private static let place: Statement = """
    select i.key, rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || i.key as browse_url
    from jira_issues i join jira_organizations o on o.id = i.jira_organization_id where i.id = $1
    """
  private static let load: Statement = """
    select jira_project_id, jira_id, key from jira_issues where id = $1 and deleted_at is null
    """
  private static let audited: Statement = """
    select json_build_object('summary', summary, 'status', status, 'resolution', resolution,
      'priority', priority, 'labels', labels, 'assignee_account_id', assignee_account_id)::text
    from jira_issues where id = $1 for update
    """
  private static let upsertPage: Statement = """
    insert into jira_issues as i
      (jira_organization_id, jira_project_id, jira_id, key, summary, description, issue_type,
       status, status_category, resolution, priority, assignee_account_id, assignee_display_name,
       reporter_account_id, reporter_display_name, labels, components, fix_versions,
       jira_created_at, jira_updated_at, resolved_at, sentry_addresses)
    select $1, u.project_id, u.jira_id, u.key, u.summary, u.description, u.issue_type, u.status, u.category,
      u.resolution, u.priority, u.assignee_id, u.assignee_name, u.reporter_id, u.reporter_name,
      string_to_array(u.labels, e'\\x1f'), string_to_array(u.components, e'\\x1f'),
      string_to_array(u.fix_versions, e'\\x1f'), u.created, u.updated, u.resolved,
      string_to_array(u.sentry_addresses, e'\\x1f')
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
        $16::text[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[],
        $21::timestamptz[], $22::text[])
      as u (project_id, jira_id, key, summary, description, issue_type, status, category, resolution, priority,
        assignee_id, assignee_name, reporter_id, reporter_name, labels, components, fix_versions,
        created, updated, resolved, sentry_addresses)
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
      deleted_at = null
    where excluded.jira_updated_at >= i.jira_updated_at
      and (i.jira_project_id, i.key, i.summary, i.description, i.issue_type, i.status,
           i.status_category, i.resolution, i.priority, i.assignee_account_id,
           i.assignee_display_name, i.reporter_account_id, i.reporter_display_name, i.labels,
           i.components, i.fix_versions, i.jira_created_at, i.jira_updated_at, i.resolved_at,
           i.sentry_addresses, i.deleted_at)
        is distinct from
          (excluded.jira_project_id, excluded.key, excluded.summary, excluded.description,
           excluded.issue_type, excluded.status, excluded.status_category, excluded.resolution,
           excluded.priority, excluded.assignee_account_id, excluded.assignee_display_name,
           excluded.reporter_account_id, excluded.reporter_display_name, excluded.labels,
           excluded.components, excluded.fix_versions, excluded.jira_created_at,
           excluded.jira_updated_at, excluded.resolved_at, excluded.sentry_addresses, null::timestamptz)
    returning i.id, (xmax = 0) as created
    """
  private static let markDeleted: Statement = """
    update jira_issues set deleted_at = now()
    where jira_organization_id = $1 and jira_id = any($2) and deleted_at is null
    """
  private static let compared: Statement = """
    select i.jira_id as identity, i.key as key, json_build_object('project', i.jira_project_id, 'key', i.key, 'summary', i.summary, 'description', i.description,
      'issue_type', i.issue_type, 'status', i.status, 'resolution', i.resolution,
      'priority', i.priority, 'assignee', i.assignee_display_name, 'reporter', i.reporter_display_name,
      'labels', i.labels, 'components', i.components, 'fix_versions', i.fix_versions,
      'updated_at', i.jira_updated_at, 'resolved_at', i.resolved_at, 'deleted_at', i.deleted_at)::text as fields
    from jira_issues i where i.jira_organization_id = $1 and i.jira_id = any($2)
    """
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
