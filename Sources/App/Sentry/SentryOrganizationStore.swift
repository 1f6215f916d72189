import Postgres

package struct SentryOrganizationStore: Sendable {
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
  package func organization(_ id: Int64) async throws -> SentryOrganization {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Sentry organization \(id)")
    }
    return try Self.organization(row)
  }

  /// All organizations, or the one with this name.
  package func organizations(named name: String?) async throws -> [SentryOrganization] {
    try await pool.read(Self.loadAll, name).map(Self.organization)
  }

  func insert(_ fields: SentryOrganizationFields) async throws -> Int64 {
    try await pool.change { connection in
      try connection.query(
        Self.insert, fields.name, fields.slug, fields.baseURL, fields.authTokenSealed,
        fields.clientSecretSealed, fields.syncEnabled, fields.syncIntervalMinutes
      )[0].int64("id")
    }
  }

  /// - Returns: whether there is one.
  func update(
    _ id: Int64, _ fields: SentryOrganizationFields, _ precondition: Precondition
  ) async throws -> Bool {
    try await pool.change { [publicURL] connection in
      try connection.require(precondition, Self.lockedFind, publicURL, id)
      return try connection.query(
        Self.update, id, fields.name, fields.slug, fields.baseURL, fields.authTokenSealed,
        fields.clientSecretSealed, fields.syncEnabled, fields.syncIntervalMinutes, fields.cleared
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
  func noteConnection(_ id: Int64, _ status: ConnectionStatus, error: String?) async throws {
    _ = try await pool.query(Self.noteConnection, id, status.rawValue, error)
  }

  /// Notes that a sync of all projects has ended well.
  func noteSynced(_ id: Int64) async throws { _ = try await pool.query(Self.noteSynced, id) }

  private static func organization(_ row: Row) throws -> SentryOrganization {
    SentryOrganization(
      id: try row.int64("id"), name: try row.text("name"), slug: try row.text("slug"),
      baseURL: try row.text("base_url"), authTokenSealed: try row.textOrNil("auth_token_sealed"),
      syncEnabled: try row.bool("sync_enabled"))
  }

  private static let columns = """
    o.id, o.name, o.slug, o.base_url, o.auth_token_sealed is not null as has_auth_token,
    o.client_secret_sealed is not null as has_client_secret, o.sync_enabled,
    o.sync_interval_minutes, o.connection_status, o.connection_checked_at, o.connection_error,
    o.last_synced_at,
    (select s.state from sync_schedules s where s.source = 'sentry' and s.organization_id = o.id)
      as sync_state,
    (select s.next_sync_at from sync_schedules s
     where s.source = 'sentry' and s.organization_id = o.id) as next_sync_at,
    $1::text || '/webhooks/sentry/' || o.id as webhook_url,
    (select count(*) from sentry_projects p where p.sentry_organization_id = o.id)
      as project_count,
    (select coalesce(sum(c.issues), 0)::bigint from sentry_issue_counts c
     join sentry_projects p on p.id = c.sentry_project_id
     where p.sentry_organization_id = o.id) as issue_count,
    o.created_at, o.updated_at
    """
  private static let budget = VendorBudgetStore.json(source: "sentry", organization: "o.id")
  private static let list = """
    select /*sort*/\(columns), \(budget) as rate_budget from sentry_organizations o
    """
  private static let findBudget = Statement(
    "select \(budget)::text as rate_budget from sentry_organizations o where o.id = $1")
  private static let find = Statement(
    "select \(columns) from sentry_organizations o where o.id = $2")
  private static let lockedFind = Statement(find.sql + " for update of o")
  private static let typed = """
    select id, name, slug, base_url, auth_token_sealed, sync_enabled from sentry_organizations
    """
  private static let load = Statement(typed + " where id = $1")
  private static let loadAll = Statement(
    typed + " where $1::text is null or name = $1::text order by id")
  private static let insert: Statement = """
    insert into sentry_organizations
      (name, slug, base_url, auth_token_sealed, client_secret_sealed, sync_enabled,
       sync_interval_minutes)
    values ($1, $2, $3, $4, $5, coalesce($6, true), coalesce($7::bigint, 360))
    returning id
    """
  private static let update: Statement = """
    update sentry_organizations o set
      name = coalesce($2, o.name),
      slug = coalesce($3, o.slug),
      base_url = coalesce($4, o.base_url),
      auth_token_sealed = coalesce($5, o.auth_token_sealed),
      client_secret_sealed = case when 'client_secret' = any($9) then null
                             else coalesce($6, o.client_secret_sealed) end,
      sync_enabled = coalesce($7, o.sync_enabled),
      sync_interval_minutes = coalesce($8::bigint, o.sync_interval_minutes),
      connection_status = case when coalesce($3, $4, $5) is not null then 'unknown'
                          else o.connection_status end,
      connection_error = case when coalesce($3, $4, $5) is not null then null
                         else o.connection_error end
    where o.id = $1
    """
  private static let delete: Statement = "delete from sentry_organizations where id = $1"
  private static let noteConnection: Statement = """
    update sentry_organizations
    set connection_status = $2, connection_checked_at = now(), connection_error = $3
    where id = $1
    """
  private static let noteSynced: Statement =
    "update sentry_organizations set last_synced_at = now() where id = $1"
}
