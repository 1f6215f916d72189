import Foundation
import Postgres

/// A Sentry project as services need it.
struct StoredSentryProject: Sendable {
  var id: Int64
  var organizationID: Int64
  var sentryID: Int64
  var slug: String
  var maxIssues: Int?
  /// Up to when all its changes are known to be stored; nil: it has to be read whole.
  var watermark: Date?
}

/// A Sentry project as Sentry states it.
struct SentryProjectRecord: Sendable {
  var sentryID: Int64
  var slug: String
  var name: String
  var platform: String?
}

/// What a client may change of a Sentry project.
struct SentryProjectFields: Sendable {
  var productID: Int64?
  var syncEnabled: Bool?
  var maxIssues: Int?
  var cleared: [String] = []
}

struct SentryProjectStore: Sendable {
  let pool: PostgresPool

  static let sorts = [
    SortField("slug", "p.slug", "text"),
    SortField("name", "p.name", "text"),
    SortField("id", "p.id", "bigint"),
  ]

  func page(
    _ page: PageRequest, organizationID: Int64?, productID: Int64?, unassigned: Bool?, q: String?
  ) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "p.id")
    query.filter("p.sentry_organization_id = $?", organizationID)
    query.filter("p.product_id = $?", productID)
    query.filter(unassigned, "p.product_id is null", "p.product_id is not null")
    query.filter("strpos(lower(p.slug || ' ' || p.name), lower($?)) > 0", q)
    return try await query.run(on: pool, page: page)
  }

  /// The project as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// The projects of an organization that syncs may read, by slug.
  func projects(organization id: Int64) async throws -> [StoredSentryProject] {
    try await pool.read(Self.loadAll, id).map { try Self.project($0, organization: id) }
  }

  /// All that were listed last time, also those that syncs leave out.
  func visible(organization id: Int64) async throws -> [StoredSentryProject] {
    try await pool.query(Self.loadVisible, id).map { try Self.project($0, organization: id) }
  }

  func hasAny(organization id: Int64) async throws -> Bool {
    try await !pool.query(Self.any, id).isEmpty
  }

  /// Marks projects that Sentry does not list any more, and with them their issues.
  func markNotVisible(_ ids: [Int64]) async throws {
    guard !ids.isEmpty else { return }
    _ = try await pool.transaction { try $0.query(Self.markNotVisible, ids) }
  }

  /// The projects that syncs may read, by Sentry's own ids.
  func projects(organization id: Int64, sentryIDs: [Int64]) async throws
    -> [Int64: StoredSentryProject]
  {
    try await projects(organization: id).filter { sentryIDs.contains($0.sentryID) }
      .reduce(into: [:]) { $0[$1.sentryID] = $1 }
  }

  /// - Returns: whether there is one.
  func update(_ id: Int64, _ fields: SentryProjectFields, _ precondition: Precondition)
    async throws -> Bool
  {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedFind, id)
      return try connection.query(
        Self.update, id, fields.productID, fields.syncEnabled, fields.maxIssues, fields.cleared
      ).affected == 1
    }
  }

  /// Notes that projects are stored as they were at `start`.
  func noteSynced(_ ids: [Int64], at start: Date) async throws {
    _ = try await pool.query(Self.noteSynced, ids, start)
  }

  /// Stores a page of projects as Sentry states them, in one statement.
  func upsert(_ records: [SentryProjectRecord], organization id: Int64) async throws -> Int {
    try await pool.transaction { try Self.upsert(records, organization: id, on: $0) }
  }

  private static func upsert(
    _ records: [SentryProjectRecord], organization id: Int64, on connection: Connection
  ) throws -> Int {
    try connection.query(
      Self.upsert, id, records.map(\.sentryID), records.map(\.slug), records.map(\.name),
      records.map(\.platform)
    ).affected
  }

  /// Stores projects that a dry run has discovered, in a transaction that is taken back.
  static func rehearse(
    _ records: [SentryProjectRecord], organization id: Int64, on connection: Connection
  ) throws -> [StoredSentryProject] {
    _ = try upsert(records, organization: id, on: connection)
    let wanted = Set(records.map(\.sentryID))
    return try connection.query(loadAll, id).map { try project($0, organization: id) }
      .filter { wanted.contains($0.sentryID) }
  }

  /// Those of some of Sentry's own ids that are stored, also where syncs leave them out.
  func stored(_ sentryIDs: [Int64], organization id: Int64) async throws -> Set<Int64> {
    Set(try await pool.query(Self.stored, id, sentryIDs).map { try $0.int64("sentry_id") })
  }

  private static func project(_ row: Row, organization id: Int64) throws -> StoredSentryProject {
    StoredSentryProject(
      id: try row.int64("id"), organizationID: id, sentryID: try row.int64("sentry_id"),
      slug: try row.text("slug"), maxIssues: try row.intOrNil("max_issues"),
      watermark: try row.dateOrNil("watermark"))
  }

  /// Members of a JSON object, over `sentry_issue_counts`.
  static let issueCounts = CountMembers.sql(by: "status", ["unresolved", "resolved", "ignored"])

  private static let columns = """
    p.id, p.sentry_organization_id, p.product_id, p.sentry_id, p.slug, p.name, p.platform,
    p.sync_enabled, p.max_issues,
    (select json_build_object(\(issueCounts)) from sentry_issue_counts
     where sentry_project_id = p.id) as issue_counts,
    p.last_synced_at, p.not_visible_since, p.created_at, p.updated_at
    """
  private static let list = "select /*sort*/\(columns) from sentry_projects p"
  private static let find = Statement("select \(columns) from sentry_projects p where p.id = $1")
  private static let lockedFind = Statement(find.sql + " for update of p")
  private static let stored: Statement = """
    select sentry_id from sentry_projects
    where sentry_organization_id = $1 and sentry_id = any($2)
    """
  private static let loadAll: Statement = """
    select id, sentry_id, slug, max_issues, watermark from sentry_projects
    where sentry_organization_id = $1 and sync_enabled and not_visible_since is null order by slug
    """
  private static let loadVisible: Statement = """
    select id, sentry_id, slug, max_issues, watermark from sentry_projects
    where sentry_organization_id = $1 and not_visible_since is null order by slug
    """
  private static let any: Statement =
    "select id from sentry_projects where sentry_organization_id = $1 limit 1"
  private static let markNotVisible: Statement = """
    update sentry_projects set not_visible_since = now() where id = any($1) and not_visible_since is null
    """
  private static let update: Statement = """
    update sentry_projects p set
      product_id = case when 'product_id' = any($5) then null else coalesce($2, p.product_id) end,
      sync_enabled = coalesce($3, p.sync_enabled),
      max_issues = case when 'max_issues' = any($5) then null
                   else coalesce($4::bigint::int, p.max_issues) end
    where p.id = $1
    """
  private static let noteSynced = Statement(
    """
    update sentry_projects set last_synced_at = $2, watermark = $2 where id = any($1)
    \(LazyCommit.returning)
    """)
  private static let upsert: Statement = """
    insert into sentry_projects as p (sentry_organization_id, sentry_id, slug, name, platform)
    select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[])
    on conflict on constraint sentry_projects_identity do update set
      slug = excluded.slug, name = excluded.name, platform = excluded.platform,
      not_visible_since = null,
      watermark = case when p.not_visible_since is null then p.watermark end
    where (p.slug, p.name, p.platform, p.not_visible_since)
      is distinct from (excluded.slug, excluded.name, excluded.platform, null::timestamptz)
    """
}
