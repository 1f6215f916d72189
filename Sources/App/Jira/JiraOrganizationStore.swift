import Postgres

package struct JiraOrganizationStore: Sendable {
  let pool: PostgresPool
  /// The address clients and vendors reach this service at, for `webhook_url`.
  let publicURL: String

  static let sorts = [
    SortField("id", "o.id", "bigint"),
    SortField("name", "o.name", "text"),
  ]

  func page(_ page: PageRequest) async throws -> Page {
    try await ListQuery(select: Self.list, idExpression: "o.id", parameters: [publicURL])
      .run(on: pool, page: page)
  }

  /// The organization as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, publicURL, id).first?.json()
  }

  /// What the vendor allows now, as JSON. It changes with every request, so it is no part of what
  /// the entity tag stands for.
  func rateBudget(_ id: Int64) async throws -> [UInt8] {
    Array((try await pool.read(Self.findBudget, id).first?.text(0) ?? "null").utf8)
  }

  /// The organization as services need it.
  ///
  /// - Throws: a 404.
  package func organization(_ id: Int64) async throws -> JiraOrganization {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Jira organization \(id)")
    }
    return try Self.organization(row)
  }

  /// All organizations, or the one with this name.
  package func organizations(named name: String?) async throws -> [JiraOrganization] {
    try await pool.read(Self.loadAll, name).map(Self.organization)
  }

  func insert(_ fields: JiraOrganizationFields) async throws -> Int64 {
    try await pool.change { connection in
      try connection.query(
        Self.insert, fields.name, fields.baseURL, fields.username, fields.apiTokenSealed,
        fields.webhookSecretSealed, fields.syncEnabled, fields.syncIntervalMinutes
      )[0].int64("id")
    }
  }

  /// - Returns: whether there is one.
  func update(
    _ id: Int64, _ fields: JiraOrganizationFields, _ precondition: Precondition
  ) async throws -> Bool {
    try await pool.change { [publicURL] connection in
      try connection.require(precondition, Self.lockedFind, publicURL, id)
      return try connection.query(
        Self.update, id, fields.name, fields.baseURL, fields.username, fields.apiTokenSealed,
        fields.webhookSecretSealed, fields.syncEnabled, fields.syncIntervalMinutes, fields.cleared
      ).affected == 1
    }
  }

  /// - Returns: whether there was one.
  func delete(_ id: Int64, _ precondition: Precondition) async throws -> Bool {
    try await pool.change { [publicURL] connection in
      try connection.require(precondition, Self.lockedFind, publicURL, id)
      return try connection.query(Self.delete, id).affected == 1
    }
  }

  /// Notes what a connection test or a sync found.
  func noteConnection(_ id: Int64, _ status: ConnectionStatus, error: String?, siteURL: String?)
    async throws
  {
    _ = try await pool.query(Self.noteConnection, id, status.rawValue, error, siteURL)
  }

  /// Notes that a sync of all projects has ended well.
  func noteSynced(_ id: Int64) async throws { _ = try await pool.query(Self.noteSynced, id) }

  private static func organization(_ row: Row) throws -> JiraOrganization {
    JiraOrganization(
      id: try row.int64("id"), name: try row.text("name"), baseURL: try row.text("base_url"),
      siteURL: try row.textOrNil("site_url"), username: try row.text("username"),
      apiTokenSealed: try row.textOrNil("api_token_sealed"),
      syncEnabled: try row.bool("sync_enabled"))
  }

  private static let columns = """
    o.id, o.name, o.base_url, o.username, o.api_token_sealed is not null as has_api_token,
    o.webhook_secret_sealed is not null as has_webhook_secret, o.sync_enabled,
    o.sync_interval_minutes, o.connection_status, o.connection_checked_at, o.connection_error,
    o.last_synced_at,
    (select s.state from sync_schedules s where s.source = 'jira' and s.organization_id = o.id)
      as sync_state,
    (select s.next_sync_at from sync_schedules s
     where s.source = 'jira' and s.organization_id = o.id) as next_sync_at,
    $1::text || '/webhooks/jira/' || o.id as webhook_url,
    (select count(*) from jira_projects p where p.jira_organization_id = o.id) as project_count,
    (select coalesce(sum(c.issues), 0)::bigint from jira_issue_counts c
     join jira_projects p on p.id = c.jira_project_id
     where p.jira_organization_id = o.id) as issue_count,
    o.created_at, o.updated_at
    """
  private static let budget = VendorBudgetStore.json(source: "jira", organization: "o.id")
  private static let list = """
    select /*sort*/\(columns), \(budget) as rate_budget from jira_organizations o
    """
  private static let findBudget = Statement(
    "select \(budget)::text as rate_budget from jira_organizations o where o.id = $1")
  private static let find = Statement("select \(columns) from jira_organizations o where o.id = $2")
  private static let lockedFind = Statement(find.sql + " for update of o")
  private static let typed = """
    select id, name, base_url, site_url, username, api_token_sealed, sync_enabled
    from jira_organizations
    """
  private static let load = Statement(typed + " where id = $1")
  private static let loadAll = Statement(
    typed + " where $1::text is null or name = $1::text order by id")
  private static let insert: Statement = """
    insert into jira_organizations
      (name, base_url, username, api_token_sealed, webhook_secret_sealed, sync_enabled,
       sync_interval_minutes)
    values ($1, $2, $3, $4, $5, coalesce($6, true), coalesce($7::bigint, 360))
    returning id
    """
  private static let update: Statement = """
    update jira_organizations o set
      name = coalesce($2, o.name),
      base_url = coalesce($3, o.base_url),
      site_url = case when $3 is distinct from o.base_url and $3 is not null
                 then null else o.site_url end,
      username = coalesce($4, o.username),
      api_token_sealed = coalesce($5, o.api_token_sealed),
      webhook_secret_sealed = case when 'webhook_secret' = any($9) then null
                              else coalesce($6, o.webhook_secret_sealed) end,
      sync_enabled = coalesce($7, o.sync_enabled),
      sync_interval_minutes = coalesce($8::bigint, o.sync_interval_minutes),
      connection_status = case when coalesce($3, $4, $5) is not null then 'unknown'
                          else o.connection_status end,
      connection_error = case when coalesce($3, $4, $5) is not null then null
                         else o.connection_error end
    where o.id = $1
    """
  private static let delete: Statement = "delete from jira_organizations where id = $1"
  private static let noteConnection: Statement = """
    update jira_organizations
    set connection_status = $2, connection_checked_at = now(), connection_error = $3,
        site_url = coalesce($4, site_url)
    where id = $1
    """
  private static let noteSynced: Statement =
    "update jira_organizations set last_synced_at = now() where id = $1"
}
