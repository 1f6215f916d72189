import Foundation
import JobQueue
import Postgres

/// What came of the wish to create a ticket.
enum Reservation: Sendable {
  /// The caller is the single winner and creates the ticket.
  case reserved(Link)
  /// Another link stands in the way.
  case taken(linkID: Int64, state: String)
}

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

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "l.id")
    query.filter("l.sentry_issue_id = $?", filters.sentryIssueID)
    query.filter("l.jira_issue_id = $?", filters.jiraIssueID)
    query.filter("l.state = $?", filters.state)
    query.filter(
      """
      exists (select from sentry_issues s join sentry_projects p on p.id = s.sentry_project_id
        where s.id = l.sentry_issue_id and p.product_id = $?)
      """, filters.productID)
    return try await query.run(on: pool, page: page)
  }

  /// The link as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// - Throws: a 404.
  func link(_ id: Int64) async throws -> Link {
    guard let row = try await pool.read(Self.load, id).first else {
      throw Problem.notFound("link \(id)")
    }
    return try Self.link(row)
  }

  /// Links two issues that exist.
  ///
  /// - Throws: a 422 naming the issue that does not exist; a 409 when they are linked already.
  func insert(_ fields: LinkFields, jiraIssueID: Int64) async throws -> Int64 {
    try await pool.transaction { connection in
      guard try !connection.query(Self.lockSentryIssue, fields.sentryIssueID).isEmpty else {
        throw Problem.invalid(
          "/sentry_issue_id", "There is no Sentry issue \(fields.sentryIssueID).")
      }
      guard
        let row = try connection.query(
          Self.insertManual, fields.sentryIssueID, jiraIssueID, fields.createdBy, fields.notes,
          fields.syncsSentryToJira, fields.syncsJiraToSentry
        ).first
      else { throw Problem.invalid("/jira_issue_id", "There is no Jira issue \(jiraIssueID).") }
      return try row.int64("id")
    }
  }

  /// Reserves the right to create a ticket. The row lock on the Sentry issue orders those who try at
  /// the same time; the schema's unique index would refuse a second one even without it. In the same
  /// transaction a job is planned that settles the link should this process die before it does.
  func reserve(
    _ fields: LinkFields, jiraProjectID: Int64, allowsDuplicate: Bool, settleAfter: Duration
  ) async throws -> Reservation {
    try await pool.transaction { [jobs] connection in
      _ = try connection.query(Self.lockSentryIssue, fields.sentryIssueID)
      if !allowsDuplicate,
        let other = try connection.query(Self.inTheWay, fields.sentryIssueID, jiraProjectID).first
      {
        return .taken(linkID: try other.int64("id"), state: try other.text("state"))
      }
      let row = try connection.query(
        Self.reserve, fields.sentryIssueID, jiraProjectID, allowsDuplicate, fields.createdBy,
        fields.notes, fields.syncsSentryToJira, fields.syncsJiraToSentry)[0]
      let link = try Self.link(row)
      _ = try jobs.enqueue(
        SettleTicket(linkID: link.id), on: connection,
        options: JobOptions(scheduledAt: Date(timeIntervalSinceNow: settleAfter / .seconds(1))))
      return .reserved(link)
    }
  }

  /// Makes a pending link active with the ticket that Jira created, and stores the ticket, in one
  /// transaction.
  func activate(
    _ id: Int64, ticket: JiraIssueRecord, project: StoredJiraProject, sentryStatus: String
  )
    async throws
  {
    try await pool.transaction { connection in
      _ = try JiraIssueStore.upsert([ticket], project: project, on: connection)
      _ = try connection.query(
        Self.activate, id, project.organizationID, ticket.jiraID, sentryStatus,
        ticket.statusCategory)
    }
  }

  func delete(_ id: Int64) async throws -> Bool {
    try await pool.query(Self.delete, id).affected == 1
  }

  /// Gives a reservation back: Jira is known not to have created the ticket.
  func release(_ id: Int64) async throws { _ = try await pool.query(Self.release, id) }

  func noteError(_ id: Int64, _ error: String) async throws {
    _ = try await pool.query(Self.noteError, id, error)
  }

  func markBroken(_ id: Int64, _ reason: String) async throws {
    _ = try await pool.query(Self.markBroken, id, reason)
  }

  /// Notes the outcome of a comparison of both sides: link and timeline in one transaction.
  func noteSync(_ id: Int64, _ outcome: LinkSyncOutcome) async throws {
    try await pool.transaction { connection in
      _ = try connection.query(
        Self.noteSync, id, outcome.agreedSentryStatus, outcome.agreedJiraCategory,
        outcome.movedJira, outcome.movedSentry, outcome.error)
      _ = try connection.query(
        Self.insertEvent, id, outcome.cause, outcome.decision, outcome.reason, outcome.request,
        outcome.error != nil
          ? "failed"
          : outcome.movedJira || outcome.movedSentry
            ? "applied" : "nothing", outcome.error)
    }
  }

  private static func link(_ row: Row) throws -> Link {
    Link(
      id: try row.int64("id"), state: try row.text("state"),
      ticketLabel: try row.text("ticket_label"), sentryIssueID: try row.int64("sentry_issue_id"),
      jiraProjectID: try row.int64("jira_project_id"),
      jiraIssueID: try row.int64OrNil("jira_issue_id"), ticketID: try row.int64OrNil("ticket_id"),
      syncsSentryToJira: try row.bool("sync_sentry_to_jira"),
      syncsJiraToSentry: try row.bool("sync_jira_to_sentry"),
      agreedSentryStatus: try row.textOrNil("agreed_sentry_status"),
      agreedJiraCategory: try row.textOrNil("agreed_jira_category"),
      createdAt: try row.date("created_at"))
  }

  private static let columns = """
    l.id, l.sentry_issue_id, l.jira_issue_id, l.link_type, l.state, l.sync_sentry_to_jira,
    l.sync_jira_to_sentry, l.created_by, l.creation_notes, l.last_synced_sentry_to_jira_at,
    l.last_synced_jira_to_sentry_at, l.last_error, l.created_at
    """
  private static let list = "select /*sort*/\(columns) from links l"
  private static let find = Statement("select \(columns) from links l where l.id = $1")
  private static let typed = """
    l.id, l.state, l.ticket_label, l.sentry_issue_id, l.jira_project_id, l.jira_issue_id,
    (select j.jira_id from jira_issues j where j.id = l.jira_issue_id) as ticket_id,
    l.sync_sentry_to_jira, l.sync_jira_to_sentry, l.agreed_sentry_status, l.agreed_jira_category,
    l.created_at
    """
  private static let load = Statement("select \(typed) from links l where l.id = $1")
  private static let lockSentryIssue: Statement =
    "select id from sentry_issues where id = $1 and deleted_at is null for update"
  private static let inTheWay: Statement = """
    select id, state from links where sentry_issue_id = $1 and jira_project_id = $2
    order by id limit 1
    """
  private static let insertManual: Statement = """
    insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state,
      created_by, creation_notes, sync_sentry_to_jira, sync_jira_to_sentry)
    select $1, id, jira_project_id, 'manual', 'active', $3, $4, $5, $6
    from jira_issues where id = $2 and deleted_at is null
    returning id
    """
  private static let reserve = Statement(
    """
    insert into links as l (sentry_issue_id, jira_project_id, link_type, state, allows_duplicate,
      created_by, creation_notes, sync_sentry_to_jira, sync_jira_to_sentry)
    values ($1, $2, 'automatic', 'pending', $3, $4, $5, $6, $7)
    returning \(typed)
    """)
  private static let activate: Statement = """
    update links set state = 'active', last_error = null, agreed_sentry_status = $4,
      agreed_jira_category = $5,
      jira_issue_id = (select id from jira_issues where jira_organization_id = $2 and jira_id = $3)
    where id = $1 and state = 'pending'
    """
  private static let delete: Statement = "delete from links where id = $1"
  private static let release: Statement = "delete from links where id = $1 and state = 'pending'"
  private static let noteError: Statement = "update links set last_error = $2 where id = $1"
  private static let markBroken: Statement =
    "update links set state = 'broken', last_error = $2 where id = $1"
  private static let noteSync: Statement = """
    update links set
      agreed_sentry_status = coalesce($2, agreed_sentry_status),
      agreed_jira_category = coalesce($3, agreed_jira_category),
      last_synced_sentry_to_jira_at =
        case when $4 then now() else last_synced_sentry_to_jira_at end,
      last_synced_jira_to_sentry_at =
        case when $5 then now() else last_synced_jira_to_sentry_at end,
      last_error = $6
    where id = $1
    """
  private static let insertEvent: Statement = """
    insert into link_events (link_id, cause, decision, reason, request, outcome, error)
    values ($1, $2, $3, $4, $5::text::jsonb, $6, $7)
    """
}
