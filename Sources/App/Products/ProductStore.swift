import Postgres

struct ProductStore: Sendable {
  let pool: PostgresPool

  static let sorts = [
    SortField("name", "p.name", "text"),
    SortField("id", "p.id", "bigint"),
    SortField("updated_at", "p.updated_at", "timestamptz"),
  ]

  func page(
    _ page: PageRequest, parentID: Int64?, priority: String?, ownerTeam: String?, q: String?
  )
    async throws -> Page
  {
    var query = ListQuery(select: Self.list, idExpression: "p.id")
    query.filter("p.parent_id = $?", parentID)
    query.filter("p.priority = $?", priority)
    query.filter("p.owner_team = $?", ownerTeam)
    query.filter("strpos(lower(p.name), lower($?)) > 0", q)
    return try await query.run(on: pool, page: page)
  }

  /// The product as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  func insert(_ fields: ProductFields) async throws -> (id: Int64, json: [UInt8]) {
    try await pool.change { connection in
      let row = try connection.query(
        Self.insert, fields.name, fields.slug, fields.description, fields.parentID,
        fields.priority, fields.ownerTeam)[0]
      return (try row.int64("id"), try row.json())
    }
  }

  func update(_ id: Int64, _ fields: ProductFields, _ precondition: Precondition) async throws
    -> [UInt8]?
  {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedFind, id)
      return try connection.query(
        Self.update, id, fields.name, fields.slug, fields.description, fields.parentID,
        fields.priority, fields.ownerTeam, fields.cleared
      ).first?.json()
    }
  }

  /// - Returns: whether there was one.
  func delete(_ id: Int64, _ precondition: Precondition) async throws -> Bool {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedFind, id)
      return try connection.query(Self.delete, id).affected == 1
    }
  }

  private static let columns = """
    p.id, p.name, p.slug, p.description, p.parent_id, p.priority, p.owner_team, p.created_at,
    p.updated_at
    """
  private static let list = "select /*sort*/\(columns) from products p"
  private static let find = Statement("select \(columns) from products p where p.id = $1")
  private static let lockedFind = Statement(find.sql + " for update of p")
  private static let insert = Statement(
    """
    insert into products as p (name, slug, description, parent_id, priority, owner_team)
    values ($1, $2, $3, $4, coalesce($5, 'medium'), $6)
    returning \(columns)
    """)
  private static let update = Statement(
    """
    update products p set
      name = coalesce($2, p.name),
      slug = coalesce($3, p.slug),
      description = case when 'description' = any($8) then null else coalesce($4, p.description) end,
      parent_id = case when 'parent_id' = any($8) then null else coalesce($5, p.parent_id) end,
      priority = coalesce($6, p.priority),
      owner_team = case when 'owner_team' = any($8) then null else coalesce($7, p.owner_team) end
    where p.id = $1
    returning \(columns)
    """)
  private static let delete: Statement = "delete from products where id = $1"
}
