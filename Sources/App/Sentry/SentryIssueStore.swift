import Foundation
import Postgres

/// A stored Sentry issue as ticket and link services need it.
struct StoredSentryIssue: Sendable {
  var id: Int64
  var organizationID: Int64
  var projectID: Int64
  var sentryID: Int64
  var shortID: String
  var title: String
  var culprit: String?
  var level: String
  var status: String
  var firstSeenAt: Date
  var lastSeenAt: Date
  var eventCount: Int64
  var userCount: Int64
  var permalink: String?
  var projectSlug: String
  var projectName: String
  var productSlug: String?
  var productName: String?
}

struct SentryIssueStore: Sendable {
  let pool: PostgresPool

  static let sorts = [
    SortField("last_seen_at", "i.last_seen_at", "timestamptz"),
    SortField("first_seen_at", "i.first_seen_at", "timestamptz"),
    SortField("event_count", "i.event_count", "bigint"),
    SortField("user_count", "i.user_count", "bigint"),
  ]

  struct Filters: Sendable {
    var projectID, organizationID, productID: Int64?
    var status, level, q: String?
    var linked: Bool?
    var lastSeenSince: Date?
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "i.id")
    query.require("i.deleted_at is null")
    query.filter("i.sentry_project_id = $?", filters.projectID)
    query.filter("i.sentry_organization_id = $?", filters.organizationID)
    query.filter(
      "i.sentry_project_id in (select id from sentry_projects where product_id = $?)",
      filters.productID)
    query.filter("i.status = $?", filters.status)
    query.filter("i.level = $?", filters.level)
    query.filter("i.last_seen_at >= $?", filters.lastSeenSince)
    query.filter("strpos(lower(i.short_id || ' ' || i.title), lower($?)) > 0", filters.q)
    query.filter("exists (select from links l where l.sentry_issue_id = i.id) = $?", filters.linked)
    return try await query.run(on: pool, page: page)
  }

  /// The issue as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// - Throws: a 404.
  func issue(_ id: Int64) async throws -> StoredSentryIssue {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Sentry issue \(id)")
    }
    return StoredSentryIssue(
      id: id, organizationID: try row.int64("sentry_organization_id"),
      projectID: try row.int64("sentry_project_id"), sentryID: try row.int64("sentry_id"),
      shortID: try row.text("short_id"), title: try row.text("title"),
      culprit: try row.textOrNil("culprit"), level: try row.text("level"),
      status: try row.text("status"), firstSeenAt: try row.date("first_seen_at"),
      lastSeenAt: try row.date("last_seen_at"), eventCount: try row.int64("event_count"),
      userCount: try row.int64("user_count"), permalink: try row.textOrNil("permalink"),
      projectSlug: try row.text("project_slug"), projectName: try row.text("project_name"),
      productSlug: try row.textOrNil("product_slug"),
      productName: try row.textOrNil("product_name"))
  }

  /// Stores a page as Sentry states it, in one statement: what is equal is not written. Ids given
  /// twice are folded to the one seen last.
  func upsert(_ records: [SentryIssueRecord], project: StoredSentryProject, dryRun: Bool)
    async throws
    -> PageChanges
  {
    let records = Self.folded(records.filter(\.isLive))
    guard !records.isEmpty else { return PageChanges() }
    return try await pool.dryRunnable(dryRun) { connection in
      try Self.upsert(records, project: project, on: connection)
    }
  }

  static func upsert(
    _ records: [SentryIssueRecord], project: StoredSentryProject, on connection: Connection
  ) throws -> PageChanges {
    let rows = try connection.query(
      Self.upsertPage, project.organizationID, project.id, records.map(\.sentryID),
      records.map(\.shortID), records.map(\.title), records.map(\.culprit), records.map(\.level),
      records.map(\.status), records.map(\.substatus), records.map(\.firstSeenAt),
      records.map(\.lastSeenAt), records.map(\.eventCount), records.map(\.userCount),
      records.map(\.permalink), records.map(\.assignedTo), records.map(\.metadata))
    var changes = PageChanges(seen: records.count)
    for row in rows {
      if try row.bool("created") { changes.created += 1 } else { changes.updated += 1 }
    }
    return changes
  }

  /// Marks as deleted what a complete reading of a project did not meet.
  func markDeleted(_ sentryIDs: [Int64], organization: Int64, dryRun: Bool) async throws -> Int {
    try await pool.dryRunnable(dryRun) { connection in
      try connection.query(Self.markDeleted, organization, sentryIDs).affected
    }
  }

  /// The live issues of a project that were stored before `time`, by Sentry's id.
  func liveIDs(project id: Int64, createdBefore time: Date) async throws -> [Int64] {
    try await pool.query(Self.liveIDs, id, time).map { try $0.int64("sentry_id") }
  }

  private static func folded(_ records: [SentryIssueRecord]) -> [SentryIssueRecord] {
    Dictionary(records.map { ($0.sentryID, $0) }) { $0.lastSeenAt > $1.lastSeenAt ? $0 : $1 }
      .values.sorted { $0.sentryID < $1.sentryID }
  }

  private static let columns = """
    i.id, i.sentry_project_id, i.sentry_id, i.short_id, i.title, i.culprit, i.level, i.status,
    i.substatus, i.first_seen_at, i.last_seen_at, i.event_count, i.user_count, i.permalink,
    i.assigned_to, i.metadata, i.deleted_at,
    coalesce((select json_agg(json_build_object(
        'id', l.id, 'jira_issue_id', l.jira_issue_id, 'key', j.key, 'state', l.state,
        'link_type', l.link_type) order by l.id)
      from links l left join jira_issues j on j.id = l.jira_issue_id
      where l.sentry_issue_id = i.id), '[]') as links
    """
  private static let list = "select /*sort*/\(columns) from sentry_issues i"
  private static let find = Statement("select \(columns) from sentry_issues i where i.id = $1")
  private static let load: Statement = """
    select i.sentry_organization_id, i.sentry_project_id, i.sentry_id, i.short_id, i.title,
      i.culprit, i.level, i.status, i.first_seen_at, i.last_seen_at, i.event_count, i.user_count,
      i.permalink, p.slug as project_slug, p.name as project_name, product.slug as product_slug,
      product.name as product_name
    from sentry_issues i join sentry_projects p on p.id = i.sentry_project_id
      left join products product on product.id = p.product_id
    where i.id = $1 and i.deleted_at is null
    """
  private static let upsertPage: Statement = """
    insert into sentry_issues as i
      (sentry_organization_id, sentry_project_id, sentry_id, short_id, title, culprit, level,
       status, substatus, first_seen_at, last_seen_at, event_count, user_count, permalink,
       assigned_to, metadata)
    select $1, $2, u.sentry_id, u.short_id, u.title, u.culprit, u.level, u.status, u.substatus,
      u.first_seen, u.last_seen, u.events, u.users, u.permalink, u.assigned_to::jsonb,
      u.metadata::jsonb
    from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::timestamptz[], $11::timestamptz[], $12::bigint[], $13::bigint[],
        $14::text[], $15::text[], $16::text[])
      as u (sentry_id, short_id, title, culprit, level, status, substatus, first_seen, last_seen,
        events, users, permalink, assigned_to, metadata)
    on conflict on constraint sentry_issues_identity do update set
      sentry_project_id = excluded.sentry_project_id, short_id = excluded.short_id,
      title = excluded.title, culprit = excluded.culprit, level = excluded.level,
      status = excluded.status, substatus = excluded.substatus,
      first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at,
      event_count = excluded.event_count, user_count = excluded.user_count,
      permalink = excluded.permalink, assigned_to = excluded.assigned_to,
      metadata = excluded.metadata, deleted_at = null
    where (i.sentry_project_id, i.short_id, i.title, i.culprit, i.level, i.status, i.substatus,
           i.first_seen_at, i.last_seen_at, i.event_count, i.user_count, i.permalink,
           i.assigned_to, i.metadata, i.deleted_at)
        is distinct from
          (excluded.sentry_project_id, excluded.short_id, excluded.title, excluded.culprit,
           excluded.level, excluded.status, excluded.substatus, excluded.first_seen_at,
           excluded.last_seen_at, excluded.event_count, excluded.user_count, excluded.permalink,
           excluded.assigned_to, excluded.metadata, null::timestamptz)
    returning i.id, (xmax = 0) as created
    """
  private static let markDeleted: Statement = """
    update sentry_issues set deleted_at = now()
    where sentry_organization_id = $1 and sentry_id = any($2) and deleted_at is null
    """
  private static let liveIDs: Statement = """
    select sentry_id from sentry_issues
    where sentry_project_id = $1 and deleted_at is null and created_at < $2
    """
}
