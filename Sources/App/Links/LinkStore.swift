import Foundation
import JiraClient
import JobQueue
import Postgres

struct LinkStore: Sendable {
  let pool: PostgresPool
  let jobs: JobStore

  static let sorts = [
    SortField("id", "l.id", "bigint"),
    SortField("created_at", "l.created_at", "timestamptz"),
  ]

  struct Filters: Sendable {
    var sentryIssueID, jiraIssueID, productID: Int64?
    var state: String?
  }

  static func query(_ filters: Filters) -> ListQuery {
    var query = ListQuery(
      select: list, idExpression: "l.id", indexes: [["sentry issue"], ["jira issue"], ["state"]])
    query.filter("l.sentry_issue_id = $?", filters.sentryIssueID, as: "sentry issue")
    query.filter("l.jira_issue_id = $?", filters.jiraIssueID, as: "jira issue")
    query.filter("l.state = $?", filters.state, as: "state")
    // Of a product is a link with either side in one of the product's projects.
    query.filter(
      """
      (l.jira_project_id in (select id from jira_projects where product_id = $?)
        or l.sentry_project_id in (select id from sentry_projects where product_id = $?))
      """, filters.productID)
    return query
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    try await Self.query(filters).run(on: pool, page: page)
  }

  /// The link as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Links as JSON, by id.
  func json(_ ids: [Int64]) async throws -> [Int64: [UInt8]] {
    try await pool.read(Self.findAll, ids).reduce(into: [:]) {
      $0[try $1.int64("id")] = try $1.json()
    }
  }

  /// - Throws: a 404.
  func link(_ id: Int64) async throws -> Link {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("link \(id)")
    }
    return try Self.link(row)
  }

  /// Links two issues that exist. A link that was merely proposed between them gives way.
  ///
  /// - Throws: a 422 naming the issue that does not exist; a 409 when they are linked already.
  func insert(_ fields: LinkFields, jiraIssueID: Int64) async throws -> Int64 {
    try await pool.change { [jobs] connection in
      guard try !connection.query(Self.lockSentryIssue, fields.sentryIssueID).isEmpty else {
        throw Problem.invalid(
          "/sentry_issue_id", "There is no Sentry issue \(fields.sentryIssueID).")
      }
      _ = try connection.query(Self.deleteProposal, fields.sentryIssueID, jiraIssueID)
      guard
        let row = try connection.query(
          Self.insertManual, fields.sentryIssueID, jiraIssueID, fields.createdBy, fields.notes,
          fields.syncsSentryToJira, fields.syncsJiraToSentry,
          (fields.initialSync ?? .nothing).rawValue
        ).first
      else { throw Problem.invalid("/jira_issue_id", "There is no Jira issue \(jiraIssueID).") }
      let id = try row.int64("id")
      _ = try connection.query(Self.enqueueSync, [id], "link created")
      let backlinks = PublishBacklinks(linkID: id)
      try jobs.enqueue(backlinks, on: connection, options: backlinks.options)
      return id
    }
  }

  /// Changes what a link carries. A direction that is switched leaves nothing agreed on, so that both
  /// sides are compared afresh.
  ///
  /// - Returns: whether there is one.
  func update(_ id: Int64, _ change: LinkChange, _ precondition: Precondition) async throws -> Bool
  {
    try await pool.change { connection in
      try connection.require(precondition, Self.lockedFind, id)
      guard
        let row = try connection.query(
          Self.update, id, change.syncsSentryToJira, change.syncsJiraToSentry, change.notes,
          change.cleared
        ).first
      else { return false }
      if try row.bool("compares") {
        _ = try connection.query(Self.enqueueSync, [id], "link changed")
      }
      return true
    }
  }

  /// Deletes a link, and plans that what it published is taken away.
  func delete(_ id: Int64, _ precondition: Precondition) async throws -> Bool {
    try await pool.change { [jobs] connection in
      try connection.require(precondition, Self.lockedFind, id)
      let removal = try Self.removal(id, connection)
      guard try connection.query(Self.delete, id).affected == 1 else { return false }
      if let removal { try jobs.enqueue(removal, on: connection, options: removal.options) }
      return true
    }
  }

  /// Plans comparisons.
  func enqueueSync(_ ids: [Int64], cause: String) async throws {
    _ = try await pool.query(Self.enqueueSync, ids, cause)
  }

  static func link(_ row: Row) throws -> Link {
    Link(
      id: try row.int64("id"), state: try row.text("state"),
      ticketLabel: try row.textOrNil("ticket_label"), globalID: try row.textOrNil("global_id"),
      ordinal: try row.intOrNil("ticket_ordinal") ?? 0,
      markerState: TicketMarkerState(rawValue: try row.text("marker_state")) ?? .none,
      hasProperty: try row.bool("has_property"),
      hasRemoteLink: try row.bool("has_remote_link"), created: try created(row),
      sentryIssueID: try row.int64("sentry_issue_id"),
      jiraProjectID: try row.int64("jira_project_id"),
      jiraIssueID: try row.int64OrNil("jira_issue_id"), ticketID: try row.int64OrNil("ticket_id"),
      syncsSentryToJira: try row.bool("sync_sentry_to_jira"),
      syncsJiraToSentry: try row.bool("sync_jira_to_sentry"),
      agreed: LinkAgreement(
        sentryStatus: try row.textOrNil("agreed_sentry_status"),
        jiraCategory: try row.textOrNil("agreed_jira_category"),
        jiraStatus: try row.textOrNil("agreed_jira_status"),
        jiraStatusID: try row.textOrNil("agreed_jira_status_id"),
        jiraResolution: try row.textOrNil("agreed_jira_resolution")),
      initialSync: try row.textOrNil("initial_sync").flatMap(InitialSync.init),
      continuedBy: try row.int64OrNil("continued_by"),
      createdAt: try row.date("created_at"))
  }

  private static func created(_ row: Row) throws -> JiraCreatedIssue? {
    guard let id = try row.int64OrNil("created_ticket_id"),
      let key = try row.textOrNil("created_ticket_key")
    else { return nil }
    return JiraCreatedIssue(id: String(id), key: key)
  }

  private static let columns = """
    l.id, l.sentry_issue_id, l.jira_issue_id, l.link_type, l.state, l.sync_sentry_to_jira,
    l.sync_jira_to_sentry, l.created_by, l.creation_notes, l.found_in, l.continues_link_id,
    l.last_synced_sentry_to_jira_at,
    l.last_synced_jira_to_sentry_at, l.last_error, l.created_at,
    case when l.jira_issue_id is null and l.created_ticket_key is not null then (
      select json_build_object('id', l.created_ticket_id, 'key', l.created_ticket_key,
        'browse_url',
        rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || l.created_ticket_key)
      from jira_projects p join jira_organizations o on o.id = p.jira_organization_id
      where p.id = l.jira_project_id) end as created_ticket,
    (select json_build_object('short_id', s.short_id, 'title', left(s.title, 300),
        'level', s.level, 'status', s.status, 'permalink', s.permalink,
        'deleted_at', rfc3339(s.deleted_at))
      from sentry_issues s where s.id = l.sentry_issue_id) as sentry_issue,
    (select json_build_object('key', j.key, 'summary', left(j.summary, 300), 'status', j.status,
        'status_category', j.status_category,
        'browse_url', rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || j.key,
        'deleted_at', rfc3339(j.deleted_at))
      from jira_issues j join jira_organizations o on o.id = j.jira_organization_id
      where j.id = l.jira_issue_id) as jira_issue
    """
  private static let list = "select /*sort*/\(columns) from links l"
  private static let find = Statement("select \(columns) from links l where l.id = $1")
  private static let lockedFind = Statement(find.sql + " for update of l")
  private static let findAll = Statement(
    "select \(columns) from links l where l.id = any($1)")
  static let typed = """
    l.id, l.state, l.ticket_label, l.global_id, l.ticket_ordinal, l.marker_state, l.has_property,
    l.remote_link_at is not null as has_remote_link, l.created_ticket_id, l.created_ticket_key,
    l.sentry_issue_id, l.jira_project_id, l.jira_issue_id,
    (select j.jira_id from jira_issues j where j.id = l.jira_issue_id) as ticket_id,
    l.sync_sentry_to_jira, l.sync_jira_to_sentry, l.agreed_sentry_status, l.agreed_jira_category,
    l.agreed_jira_status, l.agreed_jira_status_id, l.agreed_jira_resolution, l.created_at,
    l.initial_sync,
    (select n.id from links n where n.continues_link_id = l.id) as continued_by
    """
  private static let load = Statement("select \(typed) from links l where l.id = $1")
  static let lockSentryIssue: Statement =
    "select id from sentry_issues where id = $1 and deleted_at is null for update"
  private static let deleteProposal: Statement = """
    delete from links where sentry_issue_id = $1 and jira_issue_id = $2 and state = 'proposed'
    """
  private static let insertManual: Statement = """
    insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state,
      created_by, creation_notes, sync_sentry_to_jira, sync_jira_to_sentry, initial_sync)
    select $1, id, jira_project_id, 'manual', 'active', $3, $4, $5, $6, $7
    from jira_issues where id = $2 and deleted_at is null
    returning id
    """
  private static let delete: Statement = "delete from links where id = $1"
  private static let update: Statement = """
    update links l set
      sync_sentry_to_jira = coalesce($2, l.sync_sentry_to_jira),
      sync_jira_to_sentry = coalesce($3, l.sync_jira_to_sentry),
      creation_notes = case when 'creation_notes' = any($5) then null
                       else coalesce($4, l.creation_notes) end,
      agreed_sentry_status = case when was.switched then null else l.agreed_sentry_status end,
      agreed_jira_category = case when was.switched then null else l.agreed_jira_category end,
      agreed_jira_status = case when was.switched then null else l.agreed_jira_status end,
      agreed_jira_resolution = case when was.switched then null else l.agreed_jira_resolution end
    from (select id, $2 is distinct from sync_sentry_to_jira and $2 is not null
            or $3 is distinct from sync_jira_to_sentry and $3 is not null as switched
          from links where id = $1 for update) was
    where l.id = was.id
    returning was.switched and l.state = 'active' as compares
    """
  private static let enqueueSync: Statement =
    "select links_enqueue_sync($1::bigint[], $2)::text"
}
