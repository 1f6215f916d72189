import Foundation
import Postgres

/// A Jira project as services need it.
struct StoredJiraProject: Sendable {
  var id: Int64
  var organizationID: Int64
  var jiraID: Int64
  var key: String
  var syncEnabled: Bool
  var maxIssues: Int?
  var defaultIssueType: String?
  /// Jira's id of it; nil until Jira was asked for it.
  var defaultIssueTypeID: String?
  var defaultPriority: String?
  var defaultPriorityID: String?
  /// When the last complete sync of it began.
  var lastSyncedAt: Date?
  /// Up to when all its changes are known to be stored; nil: it has to be read whole.
  var watermark: Date?
}

/// A Jira project as Jira states it.
struct JiraProjectRecord: Sendable {
  var jiraID: Int64
  var key: String
  var name: String
  var description: String?
  var projectType: String?
  var category: String?
  var leadAccountID: String?
  var leadDisplayName: String?
  var avatarURL: String?
  var archived: Bool
}

/// What a client may change of a Jira project.
struct JiraProjectFields: Sendable {
  var productID: Int64?
  var syncEnabled: Bool?
  var maxIssues: Int?
  var defaultIssueType: String?
  var defaultPriority: String?
  /// Jira's ids of these two.
  var defaultIssueTypeID: String?
  var defaultPriorityID: String?
  var cleared: [String] = []
}

package struct JiraProjectStore: Sendable {
  let pool: PostgresPool

  static let sorts = [
    SortField("key", "p.key", "text"),
    SortField("name", "p.name", "text"),
    SortField("id", "p.id", "bigint"),
  ]

  func page(
    _ page: PageRequest, organizationID: Int64?, productID: Int64?, unassigned: Bool?, q: String?
  ) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "p.id")
    query.filter("p.jira_organization_id = $?", organizationID)
    query.filter("p.product_id = $?", productID)
    query.filter(unassigned, "p.product_id is null", "p.product_id is not null")
    query.filter("strpos(lower(p.key || ' ' || p.name), lower($?)) > 0", q)
    return try await query.run(on: pool, page: page)
  }

  /// The project as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// - Throws: a 404.
  func project(_ id: Int64) async throws -> StoredJiraProject {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Jira project \(id)")
    }
    return try Self.project(row)
  }

  /// The live projects of an organization that syncs may read, by key.
  func projects(organization id: Int64) async throws -> [StoredJiraProject] {
    try await pool.read(Self.loadAll, id).map(Self.project)
  }

  /// The projects of a product itself, by key.
  func projects(product id: Int64) async throws -> [StoredJiraProject] {
    try await pool.read(Self.loadOfProduct, id).map(Self.project)
  }

  /// Projects of an organization by Jira's own ids, also those that syncs leave out.
  func projects(organization id: Int64, jiraIDs: [Int64]) async throws
    -> [Int64: StoredJiraProject]
  {
    try await pool.query(Self.loadByJiraID, id, jiraIDs).reduce(into: [:]) {
      let project = try Self.project($1)
      $0[project.jiraID] = project
    }
  }

  /// - Returns: whether there is one.
  func update(_ id: Int64, _ fields: JiraProjectFields, _ precondition: Precondition) async throws
    -> Bool
  {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedFind, id)
      return try connection.query(
        Self.update, id, fields.productID, fields.syncEnabled, fields.maxIssues,
        fields.defaultIssueType, fields.defaultPriority, fields.cleared,
        fields.defaultIssueTypeID, fields.defaultPriorityID
      ).affected == 1
    }
  }

  /// Stores the id of a default type that was known by its name alone.
  func noteDefaultType(_ id: Int64, _ typeID: String) async throws {
    _ = try await pool.query(Self.noteDefaultType, id, typeID)
  }

  /// Notes that projects are stored as they were at `start`.
  func noteSynced(_ ids: [Int64], at start: Date) async throws {
    _ = try await pool.query(Self.noteSynced, ids, start)
  }

  /// Takes back that projects were synced since they were loaded.
  func setBack(_ projects: [StoredJiraProject]) async throws {
    _ = try await pool.query(
      Self.setBack, projects.map(\.id), projects.map(\.watermark), projects.map(\.lastSyncedAt))
  }

  /// Stores a page of projects as Jira states them, in one statement.
  ///
  /// - Returns: how many were new or differed.
  func upsert(_ records: [JiraProjectRecord], organization id: Int64) async throws -> Int {
    try await pool.transaction { try Self.upsert(records, organization: id, on: $0) }
  }

  private static func upsert(
    _ records: [JiraProjectRecord], organization id: Int64, on connection: Connection
  ) throws -> Int {
    _ = try connection.query(Self.renameIssues, id, records.map(\.jiraID), records.map(\.key))
    return try connection.query(
      Self.upsert, id, records.map(\.jiraID), records.map(\.key), records.map(\.name),
      records.map(\.description), records.map(\.projectType), records.map(\.category),
      records.map(\.leadAccountID), records.map(\.leadDisplayName), records.map(\.avatarURL),
      records.map(\.archived)
    ).affected
  }

  /// Stores projects that a dry run has discovered, in a transaction that is taken back.
  static func rehearse(
    _ records: [JiraProjectRecord], organization id: Int64, on connection: Connection
  ) throws -> [StoredJiraProject] {
    _ = try upsert(records, organization: id, on: connection)
    return try connection.query(loadByJiraID, id, records.map(\.jiraID)).map(project)
  }

  private static func project(_ row: Row) throws -> StoredJiraProject {
    StoredJiraProject(
      id: try row.int64("id"), organizationID: try row.int64("jira_organization_id"),
      jiraID: try row.int64("jira_id"), key: try row.text("key"),
      syncEnabled: try row.bool("sync_enabled"), maxIssues: try row.intOrNil("max_issues"),
      defaultIssueType: try row.textOrNil("default_issue_type"),
      defaultIssueTypeID: try row.textOrNil("default_issue_type_id"),
      defaultPriority: try row.textOrNil("default_priority"),
      defaultPriorityID: try row.textOrNil("default_priority_id"),
      lastSyncedAt: try row.dateOrNil("last_synced_at"),
      watermark: try row.dateOrNil("watermark"))
  }

  /// Members of a JSON object, over `jira_issue_counts`.
  static let issueCounts = CountMembers.sql(
    by: "status_category", ["new", "indeterminate", "done"])
  private static let columns = """
    p.id, p.jira_organization_id, p.product_id, p.jira_id, p.key, p.name, p.description,
    p.project_type, p.category, p.lead_account_id, p.lead_display_name,
    rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || p.key as browse_url,
    p.avatar_url, p.archived, p.deleted_at, p.not_visible_since, p.sync_enabled, p.max_issues, p.default_issue_type,
    p.default_priority,
    (select json_build_object(\(issueCounts)) from jira_issue_counts
     where jira_project_id = p.id) as issue_counts,
    p.last_synced_at, p.created_at, p.updated_at
    """
  private static let tables = """
    from jira_projects p join jira_organizations o on o.id = p.jira_organization_id
    """
  private static let list = "select /*sort*/\(columns) \(tables)"
  private static let find = Statement("select \(columns) \(tables) where p.id = $1")
  private static let lockedFind = Statement(find.sql + " for update of p")
  private static let typed = """
    select id, jira_organization_id, jira_id, key, sync_enabled, max_issues, default_issue_type,
      default_issue_type_id, default_priority, default_priority_id, last_synced_at, watermark
    from jira_projects
    """
  private static let load = Statement(typed + " where id = $1")
  private static let loadAll = Statement(
    typed
      + " where jira_organization_id = $1 and sync_enabled and not archived and deleted_at is null"
      + " and not_visible_since is null order by key")
  private static let loadOfProduct = Statement(typed + " where product_id = $1 order by key, id")
  private static let loadByJiraID = Statement(
    typed + " where jira_organization_id = $1 and jira_id = any($2)")
  private static let update: Statement = """
    update jira_projects p set
      product_id = case when 'product_id' = any($7) then null else coalesce($2, p.product_id) end,
      sync_enabled = coalesce($3, p.sync_enabled),
      max_issues = case when 'max_issues' = any($7) then null
                   else coalesce($4::bigint::int, p.max_issues) end,
      default_issue_type = case when 'default_issue_type' = any($7) then null
                           else coalesce($5, p.default_issue_type) end,
      default_issue_type_id =
        case when 'default_issue_type' = any($7) or $5::text is not null then $8
        else p.default_issue_type_id end,
      default_priority = case when 'default_priority' = any($7) then null
                         else coalesce($6, p.default_priority) end,
      default_priority_id =
        case when 'default_priority' = any($7) or $6::text is not null then $9
        else p.default_priority_id end
    where p.id = $1
    """
  private static let noteDefaultType: Statement = """
    update jira_projects set default_issue_type_id = $2
    where id = $1 and default_issue_type is not null
    """
  private static let setBack: Statement = """
    update jira_projects p set watermark = was.watermark, last_synced_at = was.last_synced_at
    from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[])
      as was (id, watermark, last_synced_at)
    where p.id = was.id
    """
  private static let noteSynced = Statement(
    """
    update jira_projects set last_synced_at = $2, watermark = $2 where id = any($1)
    \(LazyCommit.returning)
    """)
  /// Renaming a project's key changes the keys of all its issues, and the time of update of none.
  private static let renameIssues: Statement = """
    update jira_issues i set key = r.key || substr(i.key, length(p.key) + 1), updated_at = now()
    from unnest($2::bigint[], $3::text[]) as r (jira_id, key)
      join jira_projects p on p.jira_organization_id = $1 and p.jira_id = r.jira_id and p.key <> r.key
    where i.jira_project_id = p.id and starts_with(i.key, p.key || '-')
    """
  /// A project that is there again is read whole: what was its is found again one by one.
  private static let upsert: Statement = """
    insert into jira_projects as p
      (jira_organization_id, jira_id, key, name, description, project_type, category,
       lead_account_id, lead_display_name, avatar_url, archived)
    select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::boolean[])
    on conflict on constraint jira_projects_identity do update set
      key = excluded.key, name = excluded.name, description = excluded.description,
      project_type = excluded.project_type, category = excluded.category,
      lead_account_id = excluded.lead_account_id, lead_display_name = excluded.lead_display_name,
      avatar_url = excluded.avatar_url, archived = excluded.archived,
      watermark = case when coalesce(p.deleted_at, p.not_visible_since) is null then p.watermark end,
      deleted_at = null, not_visible_since = null
    where (p.key, p.name, p.description, p.project_type, p.category, p.lead_account_id,
           p.lead_display_name, p.avatar_url, p.archived, p.deleted_at, p.not_visible_since)
      is distinct from
          (excluded.key, excluded.name, excluded.description, excluded.project_type,
           excluded.category, excluded.lead_account_id, excluded.lead_display_name,
           excluded.avatar_url, excluded.archived, null::timestamptz, null::timestamptz)
    """
}
