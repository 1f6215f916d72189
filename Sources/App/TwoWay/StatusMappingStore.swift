import Postgres
import RESTClient

/// Whose statuses a mapping is about; both nil: everybody's.
struct MappingScope: Sendable {
  var productID: Int64?
  var jiraProjectID: Int64?
}

struct StatusMappingStore: Sendable {
  let pool: PostgresPool

  /// All mappings as JSON, the global one first; it is there also when nobody stored one.
  func all() async throws -> [JSONValue] {
    let stored = try await pool.read(Self.list).map { try JSONValue(parsing: $0.json()) }
    let hasGlobal = stored.contains { $0["scope"] == .string("global") }
    return hasGlobal ? stored : [StatusMapping().json(scope: nil)] + stored
  }

  /// The one that holds for a Jira project: its own, else its product's, else the global one.
  func effective(jiraProject id: Int64) async throws -> StatusMapping {
    guard let row = try await pool.read(Self.effectiveWithIDs, id).first else {
      return StatusMapping()
    }
    return try StatusMapping(stored: try JSONValue(parsing: row.json()))
  }

  func effectiveJSON(jiraProject id: Int64) async throws -> JSONValue {
    guard let row = try await pool.read(Self.effective, id).first else {
      return StatusMapping().json(scope: nil)
    }
    return try JSONValue(parsing: row.json())
  }

  /// Stores the mapping of a scope in place of the one it had.
  ///
  /// - Returns: the mapping as JSON.
  func put(_ mapping: StatusMapping, _ scope: MappingScope) async throws -> [UInt8] {
    let json = mapping.json(scope: nil)
    func text(_ name: String) -> String {
      String(decoding: (json[name] ?? .null).encoded(), as: UTF8.self)
    }
    let ids = String(
      decoding: JSONValue.object(
        mapping.jiraIDs.mapValues { .array($0.sorted().map(JSONValue.string)) }
      ).encoded(), as: UTF8.self)
    return try await pool.change { [values = (text("jira_to_sentry"), text("sentry_to_jira"))] in
      try $0.query(
        Self.put, scope.productID, scope.jiraProjectID, values.0, values.1,
        mapping.conflictPolicy.rawValue, mapping.reopenWindowDays.map(Int64.init),
        mapping.keepsArchived, ids, mapping.defaultResolution?.id, mapping.defaultResolution?.name
      )[0].json()
    }
  }

  /// Removes a scope's own mapping: the wider one holds again.
  func remove(_ scope: MappingScope) async throws {
    _ = try await pool.change {
      try $0.query(Self.remove, scope.productID, scope.jiraProjectID).affected
    }
  }

  private static let columns = """
    m.id, case when m.jira_project_id is not null then 'jira_project'
      when m.product_id is not null then 'product' else 'global' end as scope,
    m.product_id, m.jira_project_id, m.jira_to_sentry, m.sentry_to_jira, m.conflict_policy,
    m.reopen_window_days, m.keep_archived,
    case when m.default_resolution_id is not null then json_build_object(
      'id', m.default_resolution_id, 'name', m.default_resolution_name) end as default_resolution,
    m.updated_at
    """
  private static let list = Statement(
    """
    select \(columns) from status_mappings m
    order by m.product_id nulls first, m.jira_project_id nulls first limit 10000
    """)
  private static let effectiveWithIDs = Statement(
    effective.sql.replacing("m.id,", with: "m.jira_ids, m.id,", maxReplacements: 1))
  private static let effective = Statement(
    """
    select \(columns) from status_mappings m
    where m.jira_project_id = $1
      or m.product_id = (select product_id from jira_projects where id = $1)
      or (m.product_id is null and m.jira_project_id is null)
    order by (m.jira_project_id is not null) desc, (m.product_id is not null) desc limit 1
    """)
  private static let put = Statement(
    """
    insert into status_mappings as m (product_id, jira_project_id, jira_to_sentry, sentry_to_jira,
      conflict_policy, reopen_window_days, keep_archived, jira_ids, default_resolution_id,
      default_resolution_name)
    values ($1, $2, $3::text::jsonb, $4::text::jsonb, $5, $6::bigint::int, $7, $8::text::jsonb, $9, $10)
    on conflict (coalesce(product_id, 0), coalesce(jira_project_id, 0)) do update set
      jira_to_sentry = excluded.jira_to_sentry, sentry_to_jira = excluded.sentry_to_jira,
      conflict_policy = excluded.conflict_policy,
      reopen_window_days = excluded.reopen_window_days, keep_archived = excluded.keep_archived,
      jira_ids = excluded.jira_ids, default_resolution_id = excluded.default_resolution_id,
      default_resolution_name = excluded.default_resolution_name
    returning \(columns)
    """)
  private static let remove: Statement = """
    delete from status_mappings
    where product_id is not distinct from $1::bigint
      and jira_project_id is not distinct from $2::bigint
    """
}

extension StatusMapping {
  /// - Throws: `DecodingError` never: what is not known is left at its default.
  init(stored json: JSONValue) throws {
    self.init()
    if case .object(let object)? = json["jira_to_sentry"] {
      jiraToSentry = object.compactMapValues { $0.stringValue.flatMap(SentryAction.init) }
    }
    if case .object(let object)? = json["sentry_to_jira"] {
      sentryToJira = object.compactMapValues { $0.stringValue.flatMap { JiraTarget($0) } }
    }
    if case .object(let object)? = json["jira_ids"] {
      jiraIDs = object.mapValues { Set(($0.arrayValue ?? []).compactMap(\.stringValue)) }
    }
    sentryToJira = sentryToJira.mapValues { target in
      guard case .status(var status) = target else { return target }
      status.ids = jiraIDs["status:\(status.name.lowercased())"] ?? []
      return .status(status)
    }
    if let id = json["default_resolution"]?["id"]?.stringValue {
      defaultResolution = JiraName(
        id: id, name: json["default_resolution"]?["name"]?.stringValue ?? id)
    }
    conflictPolicy =
      json["conflict_policy"]?.stringValue.flatMap(ConflictPolicy.init) ?? .latestWins
    reopenWindowDays = json["reopen_window_days"]?.wholeNumber
    keepsArchived = json["keep_archived"] != .bool(false)
  }

  /// As the API shows a mapping that nobody stored.
  func json(scope: String?) -> JSONValue {
    .object([
      "id": .null, "scope": .string(scope ?? "global"), "product_id": .null,
      "jira_project_id": .null,
      "jira_to_sentry": .object(jiraToSentry.mapValues { .string($0.rawValue) }),
      "sentry_to_jira": .object(sentryToJira.mapValues { .string($0.text) }),
      "conflict_policy": .string(conflictPolicy.rawValue),
      "reopen_window_days": reopenWindowDays.map { JSONValue($0) } ?? .null,
      "keep_archived": .bool(keepsArchived),
      "default_resolution": defaultResolution.map {
        ["id": .string($0.id), "name": .string($0.name)]
      } ?? .null, "updated_at": .null,
    ])
  }
}
