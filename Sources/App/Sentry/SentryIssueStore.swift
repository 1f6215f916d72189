import Foundation
import Postgres
import RESTClient

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
  /// What a person wrote, of an issue that is user feedback.
  var feedbackText: String?
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

  /// The filters that migrations/0012 has indexes for.
  private static let indexes: Set<Set<String>> = [
    ["project"], ["project", "status"], ["organization"], ["status"], ["level"],
    ["project", "since"], ["organization", "since"], ["since"],
  ]

  /// What makes an issue linked: a ticket that it has or is about to get.
  private static let links = """
    select from links l where l.sentry_issue_id = i.id and l.state in ('active', 'pending')
    """

  static func query(_ filters: Filters) -> ListQuery {
    var query = ListQuery(select: list, idExpression: "i.id", indexes: indexes)
    query.require("i.deleted_at is null")
    query.filter("i.sentry_project_id = $?", filters.projectID, as: "project")
    query.filter("i.sentry_organization_id = $?", filters.organizationID, as: "organization")
    query.filter(
      "i.sentry_project_id in (select id from sentry_projects where product_id = $?)",
      filters.productID)
    query.filter("i.status = $?", filters.status, as: "status")
    query.filter("i.level = $?", filters.level, as: "level")
    query.filter("i.last_seen_at >= $?", filters.lastSeenSince, as: "since")
    query.filter(
      "exists (select from sentry_issue_texts t where t.issue_id = i.id and t.text ilike $?)",
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

  /// - Throws: a 404; a 409 that names the issue that this one was merged into.
  func issue(_ id: Int64) async throws -> StoredSentryIssue {
    guard let row = try await pool.read(Self.load, id).first else {
      guard let merged = try await pool.read(Self.loadParent, id).first else {
        throw Problem.notFound("Sentry issue \(id)")
      }
      throw Self.merged(
        try merged.text("short_id"), into: try merged.text("parent"),
        storedAs: try merged.int64OrNil("parent_id"))
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
      productName: try row.textOrNil("product_name"),
      feedbackText: try row.textOrNil("feedback_text"))
  }

  /// - Parameter parentID: of the issue that lives on; nil: it is not stored, as its project is not synced.
  static func merged(_ shortID: String, into parent: String, storedAs parentID: Int64?) -> Problem {
    var problem = Problem.conflict(
      "sentry-issue-merged",
      "\(shortID) was merged into \(parent) in Sentry; use \(parent) instead.")
    if let parentID {
      problem.members["conflicting"] = [
        "type": "sentry_issue", "id": JSONValue(parentID),
        "url": .string("/api/v1/sentry-issues/\(parentID)"),
      ]
    }
    return problem
  }

  /// The stored issue with one of Sentry's own ids; nil: there is none.
  func id(ofSentry sentryID: Int64, organization: Int64) async throws -> Int64? {
    try await pool.query(Self.ofSentry, organization, sentryID).first?.int64("id")
  }

  private static let ofSentry: Statement =
    "select id from sentry_issues where sentry_organization_id = $1 and sentry_id = $2"
  private static let loadParent: Statement = """
    select i.short_id, i.merged_into_short_id as parent, parent.id as parent_id
    from sentry_issues i left join sentry_issues parent
      on parent.sentry_organization_id = i.sentry_organization_id
        and parent.sentry_id = i.merged_into_sentry_id
    where i.id = $1 and i.merged_into_sentry_id is not null
    """
  private static let columns = """
    i.id, i.sentry_project_id, i.sentry_id, i.short_id, i.title, i.culprit, i.level, i.status,
    i.substatus, i.first_seen_at, i.last_seen_at, i.event_count, i.user_count, i.permalink,
    i.assigned_to, i.metadata, i.deleted_at, i.not_visible_since,
    (select json_build_object('id', parent.id, 'sentry_id', i.merged_into_sentry_id,
        'short_id', i.merged_into_short_id)
      from (select) one left join sentry_issues parent
        on parent.sentry_organization_id = i.sentry_organization_id
          and parent.sentry_id = i.merged_into_sentry_id
      where i.merged_into_sentry_id is not null) as merged_into,
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
      product.name as product_name,
      case when i.title like 'User Feedback%'
        then nullif(coalesce(i.metadata->>'message', i.metadata->>'value'), '') end as feedback_text
    from sentry_issues i join sentry_projects p on p.id = i.sentry_project_id
      left join products product on product.id = p.product_id
    where i.id = $1 and i.deleted_at is null
    """
}
