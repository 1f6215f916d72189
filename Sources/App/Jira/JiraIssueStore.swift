import Foundation
import Postgres

/// How a page of vendor records differed from what was stored.
struct PageChanges: Sendable, Equatable {
  var seen = 0
  var created = 0
  var updated = 0
  var unchanged: Int { seen - created - updated }
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

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "i.id")
    query.require("i.deleted_at is null")
    query.filter("i.jira_project_id = $?", filters.projectID)
    query.filter("i.jira_organization_id = $?", filters.organizationID)
    query.filter(
      "i.jira_project_id in (select id from jira_projects where product_id = $?)",
      filters.productID)
    query.filter("i.status = $?", filters.status)
    query.filter("i.status_category = $?", filters.statusCategory)
    query.filter("i.priority = $?", filters.priority)
    query.filter("i.issue_type = $?", filters.issueType)
    query.filter("i.assignee_account_id = $?", filters.assigneeAccountID)
    query.filter("i.labels @> array[$?]", filters.label)
    query.filter("i.key = $?", filters.key)
    query.filter("i.jira_updated_at >= $?", filters.updatedSince)
    query.filter("strpos(lower(i.key || ' ' || i.summary), lower($?)) > 0", filters.q)
    query.filter("exists (select from links l where l.jira_issue_id = i.id) = $?", filters.linked)
    return try await query.run(on: pool, page: page)
  }

  /// The issue as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
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
  )
    throws -> PageChanges
  {
    let rows = try connection.query(
      Self.upsertPage, project.organizationID, project.id, records.map(\.jiraID),
      records.map(\.key), records.map(\.summary), records.map(\.description),
      records.map(\.issueType), records.map(\.status), records.map(\.statusCategory),
      records.map(\.resolution), records.map(\.priority), records.map(\.assigneeAccountID),
      records.map(\.assigneeDisplayName), records.map(\.reporterAccountID),
      records.map(\.reporterDisplayName), records.map { Self.joined($0.labels) },
      records.map { Self.joined($0.components) }, records.map { Self.joined($0.fixVersions) },
      records.map(\.createdAt), records.map(\.updatedAt), records.map(\.resolvedAt))
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

  /// The live issues of a project that were stored before `time`, by Jira's id.
  func liveIDs(project id: Int64, createdBefore time: Date) async throws -> [Int64] {
    try await pool.query(Self.liveIDs, id, time).map { try $0.int64("jira_id") }
  }

  private static func folded(_ records: [JiraIssueRecord]) -> [JiraIssueRecord] {
    Dictionary(records.map { ($0.jiraID, $0) }) { $0.updatedAt >= $1.updatedAt ? $0 : $1 }
      .values.sorted { $0.jiraID < $1.jiraID }
  }

  /// Arrays of arrays cannot be unnested by row; a unit separator cannot occur in a label.
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

  private static let upsertPage: Statement = """
    insert into jira_issues as i
      (jira_organization_id, jira_project_id, jira_id, key, summary, description, issue_type,
       status, status_category, resolution, priority, assignee_account_id, assignee_display_name,
       reporter_account_id, reporter_display_name, labels, components, fix_versions,
       jira_created_at, jira_updated_at, resolved_at)
    select $1, $2, u.jira_id, u.key, u.summary, u.description, u.issue_type, u.status, u.category,
      u.resolution, u.priority, u.assignee_id, u.assignee_name, u.reporter_id, u.reporter_name,
      string_to_array(u.labels, e'\\x1f'), string_to_array(u.components, e'\\x1f'),
      string_to_array(u.fix_versions, e'\\x1f'), u.created, u.updated, u.resolved
    from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
        $16::text[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[],
        $21::timestamptz[])
      as u (jira_id, key, summary, description, issue_type, status, category, resolution, priority,
        assignee_id, assignee_name, reporter_id, reporter_name, labels, components, fix_versions,
        created, updated, resolved)
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
      resolved_at = excluded.resolved_at, deleted_at = null
    where excluded.jira_updated_at >= i.jira_updated_at
      and (i.jira_project_id, i.key, i.summary, i.description, i.issue_type, i.status,
           i.status_category, i.resolution, i.priority, i.assignee_account_id,
           i.assignee_display_name, i.reporter_account_id, i.reporter_display_name, i.labels,
           i.components, i.fix_versions, i.jira_created_at, i.jira_updated_at, i.resolved_at,
           i.deleted_at)
        is distinct from
          (excluded.jira_project_id, excluded.key, excluded.summary, excluded.description,
           excluded.issue_type, excluded.status, excluded.status_category, excluded.resolution,
           excluded.priority, excluded.assignee_account_id, excluded.assignee_display_name,
           excluded.reporter_account_id, excluded.reporter_display_name, excluded.labels,
           excluded.components, excluded.fix_versions, excluded.jira_created_at,
           excluded.jira_updated_at, excluded.resolved_at, null::timestamptz)
    returning i.id, (xmax = 0) as created
    """
  private static let markDeleted: Statement = """
    update jira_issues set deleted_at = now()
    where jira_organization_id = $1 and jira_id = any($2) and deleted_at is null
    """
  private static let liveIDs: Statement = """
    select jira_id from jira_issues
    where jira_project_id = $1 and deleted_at is null and created_at < $2
    """
}
