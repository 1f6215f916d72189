import Postgres
import RESTClient
import SentryClient

/// The organizations of one vendor.
package struct OrganizationStore: Sendable {
  package let vendor: Vendor
  private let pool: PostgresPool
  private let publicURL: String
  private let sql: OrganizationSQL

  static let sorts = [
    SortField("id", "o.id", "bigint"),
    SortField("name", "o.name", "text"),
  ]

  /// - Parameter publicURL: where vendors reach this service, for `webhook_url`.
  init(_ vendor: Vendor, pool: PostgresPool, publicURL: String) {
    self.vendor = vendor
    self.pool = pool
    self.publicURL = publicURL
    sql = OrganizationSQL(vendor)
  }

  func page(_ page: PageRequest) async throws -> Page {
    try await ListQuery(select: sql.list, idExpression: "o.id", parameters: [publicURL])
      .run(on: pool, page: page)
  }

  /// The organization as JSON.
  ///
  /// - Throws: a 404.
  func json(_ id: Int64) async throws -> [UInt8] {
    guard let row = try await pool.read(sql.find, publicURL, id).first else { throw notFound(id) }
    return try row.json()
  }

  /// What the vendor allows now, as JSON. It changes with every request, so it is no part of what
  /// the entity tag stands for.
  func rateBudget(_ id: Int64) async throws -> [UInt8] {
    Array((try await pool.read(sql.findBudget, id).first?.text(0) ?? "null").utf8)
  }

  /// The organization as services need it.
  ///
  /// - Throws: a 404.
  package func organization(_ id: Int64) async throws -> Organization {
    guard let row = try await pool.read(sql.load, id).first else { throw notFound(id) }
    return try organization(row)
  }

  /// All organizations, or the one with this name.
  package func organizations(named name: String?) async throws -> [Organization] {
    try await pool.read(sql.loadAll, name).map(organization)
  }

  func insert(_ fields: OrganizationFields) async throws -> Int64 {
    try await pool.change { [sql] connection in
      let id = try connection.query(
        sql.insert, fields.name, fields.baseURL, fields.account, fields.tokenSealed,
        fields.secretSealed, fields.syncEnabled, fields.syncIntervalMinutes, fields.linkDiscovery
      )[0].int64("id")
      if let days = fields.historyDays { _ = try connection.query(Self.setHistory, id, days) }
      return id
    }
  }

  /// - Throws: a 404; a 412.
  func update(_ id: Int64, _ fields: OrganizationFields, _ precondition: Precondition) async throws
  {
    let updated = try await pool.change { [publicURL, sql] connection in
      try connection.require(precondition, sql.lockedFind, publicURL, id)
      if let days = fields.historyDays { _ = try connection.query(Self.setHistory, id, days) }
      return try connection.query(
        sql.update, id, fields.name, fields.baseURL, fields.account, fields.tokenSealed,
        fields.secretSealed, fields.syncEnabled, fields.syncIntervalMinutes, fields.cleared,
        fields.site != nil, fields.site?.id, fields.linkDiscovery
      ).affected
    }
    if updated == 0 { throw notFound(id) }
  }

  /// - Throws: a 404; a 412.
  func delete(_ id: Int64, _ precondition: Precondition) async throws {
    let deleted = try await pool.change { [publicURL, sql] connection in
      try connection.require(precondition, sql.lockedFind, publicURL, id)
      return try connection.query(sql.delete, id).affected
    }
    if deleted == 0 { throw notFound(id) }
  }

  /// Notes what a connection test or a sync found.
  func noteConnection(_ id: Int64, _ status: ConnectionStatus, error: String? = nil) async throws {
    _ = try await pool.query(sql.noteConnection, id, status.rawValue, error)
  }

  /// Whether anything of the site is stored.
  func holdsRecords(_ id: Int64) async throws -> Bool {
    try await pool.read(sql.holdsRecords, id).first?.bool(0) ?? false
  }

  /// As `notingRefusal`, for calls whose other failures say little of the connection.
  func notingUnauthorized<T: Sendable>(of id: Int64, _ body: () async throws -> T) async throws -> T
  {
    do {
      return try await body()
    } catch let failure as VendorFailure where failure.error.status == 401 {
      try await noteConnection(id, .unauthorized, error: failure.sentence)
      throw failure
    }
  }

  /// Notes that a sync of all projects has ended well, and so that the connection holds.
  func noteSynced(_ id: Int64) async throws { _ = try await pool.query(sql.noteSynced, id) }

  /// Notes what a site reports of itself.
  ///
  /// - Parameter url: where people browse a Jira site.
  /// - Throws: a 409 when it is another site than the one whose records are stored.
  func noteSite(_ organization: Organization, _ identity: SiteIdentity, url: String? = nil)
    async throws
  {
    // A site that was renamed reports another address and the same number.
    let known = SiteIdentity(id: organization.siteID)
    if known.isSame(as: identity) == false, try await holdsRecords(organization.id) {
      throw SiteProblems.another(organization, organization.baseURL)
    }
    _ = try await pool.query(sql.noteSite, organization.id, identity.id, url)
  }

  private func notFound(_ id: Int64) -> Problem {
    Problem.notFound("\(vendor.title) organization \(id)")
  }

  private func organization(_ row: Row) throws -> Organization {
    Organization(
      vendor: vendor, id: try row.int64("id"), name: try row.text("name"),
      baseURL: try row.text("base_url"), account: try row.textOrNil("account"),
      tokenSealed: try row.textOrNil("token_sealed"), siteID: try row.textOrNil("site_id"),
      siteURL: try row.textOrNil("site_url"),
      historyDays: try row.intOrNil("history_days") ?? SentryClient.defaultHistoryDays)
  }

  private static let setHistory: Statement =
    "update sentry_organizations set history_days = $2::bigint where id = $1"
}
