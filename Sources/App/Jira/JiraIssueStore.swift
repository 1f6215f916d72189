import Foundation
import Postgres
import RESTClient

/// A stored Jira issue as services need it.
struct StoredJiraIssue: Sendable {
  var id: Int64
  var projectID: Int64
  var jiraID: Int64
  var key: String
}

package struct JiraIssueStore: Sendable {
  let pool: PostgresPool

  /// What hardly ever changes of an issue stands apart, with its indexes (migrations/0082).
  private static let keys = SortField.Table(
    join: "join jira_issue_keys k on k.issue_id = i.id and k.is_live", id: "k.issue_id",
    listColumn: "i.jira_project_id", filterColumn: "k.jira_project_id")

  static let sorts = [
    SortField("jira_updated_at", "i.jira_updated_at", "timestamptz"),
    SortField("jira_created_at", "k.jira_created_at", "timestamptz", by: keys),
    SortField("key", "k.key", "text", by: keys),
  ]

  struct Filters: Sendable {
    var projectID, organizationID, productID: Int64?
    var status, statusCategory, priority, issueType, assigneeAccountID, label, q, key: String?
    var linked: Bool?
    var updatedSince: Date?
  }

  /// The filters that migrations/0012 and 0082 have indexes for, less that of 0079.
  private static let indexes: Set<Set<String>> = [
    ["project"], ["project", "status"], ["organization"], ["status"], ["category"], ["priority"],
    ["type"], ["assignee"], ["key"], ["project", "since"], ["since"], ["organization", "since"],
  ]

  /// What makes a ticket linked.
  private static let links =
    "select from links l where l.jira_issue_id = i.id and l.state = 'active'"

  static func query(_ filters: Filters) -> ListQuery {
    var query = ListQuery(select: list, idExpression: "i.id", indexes: indexes)
    query.require("i.deleted_at is null")
    query.filter("i.jira_project_id = $?", filters.projectID, as: "project")
    query.filter("i.jira_organization_id = $?", filters.organizationID, as: "organization")
    query.filter(
      "i.jira_project_id in (select id from jira_projects where product_id = $?)",
      filters.productID)
    query.filter("i.status = $?", filters.status, as: "status")
    query.filter("i.status_category = $?", filters.statusCategory, as: "category")
    query.filter("i.priority = $?", filters.priority, as: "priority")
    query.filter("i.issue_type = $?", filters.issueType, as: "type")
    query.filter("i.assignee_account_id = $?", filters.assigneeAccountID, as: "assignee")
    query.filter("i.labels @> array[$?]", filters.label)
    query.filter(
      "exists (select from jira_issue_keys k where k.issue_id = i.id and k.is_live and k.key = $?)",
      filters.key, as: "key")
    query.filter("i.jira_updated_at >= $?", filters.updatedSince, as: "since")
    query.filter(
      "exists (select from jira_issue_texts t where t.issue_id = i.id and t.text ilike $?)",
      filters.q.map(SearchPattern.containing))
    query.filter(
      filters.linked, "exists (\(Self.links))", "not exists (\(Self.links))")
    return query
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    try await Self.query(filters).run(on: pool, page: page)
  }

  /// The issue as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Issues as JSON, by id.
  func json(_ ids: [Int64]) async throws -> [Int64: [UInt8]] {
    try await pool.read(Self.findAll, ids).reduce(into: [:]) {
      $0[try $1.int64("id")] = try $1.json()
    }
  }

  /// The issue as services need it.
  ///
  /// - Throws: a 404.
  func issue(_ id: Int64) async throws -> StoredJiraIssue {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("Jira issue \(id)")
    }
    return StoredJiraIssue(
      id: id, projectID: try row.int64("jira_project_id"), jiraID: try row.int64("jira_id"),
      key: try row.text("key"))
  }

  /// What people call the issue, and where they find it.
  ///
  /// - Throws: a 404.
  func place(_ id: Int64) async throws -> (key: String, url: String) {
    guard let row = try await pool.read(Self.place, id).first else {
      throw Problem.notFound("Jira issue \(id)")
    }
    return (try row.text("key"), try row.text("browse_url"))
  }

  /// The status as it is stored; nil for a ticket that is not there any more.
  func status(of id: Int64) async throws -> StoredTicketStatus? {
    try await pool.query(Self.status, id).first.map {
      StoredTicketStatus(
        status: try $0.text("status"), category: try $0.text("status_category"),
        resolution: try $0.textOrNil("resolution"), updatedAt: try $0.date("jira_updated_at"))
    }
  }

  /// Audits a comment that was made in Jira.
  func noteComment(_ id: Int64, comment: String) async throws {
    let after = JSONValue.object(["comment_id": .string(comment)]).encoded()
    try await pool.change { connection in
      try AuditStore.write(
        "updated", "jira_issue", id, before: nil, after: String(decoding: after, as: UTF8.self),
        on: connection)
    }
  }

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
    i.deleted_at, i.not_visible_since,
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

  private static let findAll = Statement("select \(columns) \(tables) where i.id = any($1)")
  private static let place: Statement = """
    select i.key, rtrim(coalesce(o.site_url, o.base_url), '/') || '/browse/' || i.key as browse_url
    from jira_issues i join jira_organizations o on o.id = i.jira_organization_id where i.id = $1
    """
  private static let status: Statement = """
    select status, status_category, resolution, jira_updated_at from jira_issues
    where id = $1 and deleted_at is null
    """
  private static let load: Statement = """
    select jira_project_id, jira_id, key from jira_issues where id = $1 and deleted_at is null
    """
}
