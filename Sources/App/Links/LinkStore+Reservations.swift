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

/// Links on their way to a ticket: who may create it, and whether Jira was asked.
extension LinkStore {
  /// Reserves the right to create a ticket. The row lock on the Sentry issue orders those who try at
  /// the same time; the schema's unique index would refuse a second one even without it. In the same
  /// transaction a job is planned that settles the link should this process die before it does.
  func reserve(
    _ fields: LinkFields, jiraProjectID: Int64, allowsDuplicate: Bool, settleAfter: Duration,
    isLabelled: Bool, marker: @Sendable @escaping (_ ordinal: Int) -> TicketMarker
  ) async throws -> Reservation {
    try await pool.change { [jobs] connection in
      _ = try connection.query(Self.lockSentryIssue, fields.sentryIssueID)
      _ = try connection.query(Self.stepAside, fields.sentryIssueID, jiraProjectID)
      if !allowsDuplicate,
        let other = try connection.query(Self.inTheWay, fields.sentryIssueID, jiraProjectID).first
      {
        return .taken(linkID: try other.int64("id"), state: try other.text("state"))
      }
      let ordinal = try connection.query(Self.takeOrdinal, fields.sentryIssueID)[0].int(0)
      let marker = marker(ordinal)
      let state: TicketMarkerState = isLabelled ? .attached : .none
      let row = try connection.query(
        Self.reserve, fields.sentryIssueID, jiraProjectID, allowsDuplicate, fields.createdBy,
        fields.notes, fields.syncsSentryToJira, fields.syncsJiraToSentry, fields.continues,
        Int64(ordinal), marker.label, marker.globalID, state.rawValue)[0]
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
    try await pool.transaction { [jobs] connection in
      _ = try JiraIssueStore.upsert([ticket], project: project, on: connection)
      _ = try connection.query(
        Self.activate, id, project.organizationID, ticket.jiraID, sentryStatus,
        ticket.statusCategory, ticket.status, ticket.resolution)
      let backlinks = PublishBacklinks(linkID: id)
      try jobs.enqueue(backlinks, on: connection, options: backlinks.options)
    }
  }

  /// Gives a reservation back: Jira is known not to have created the ticket.
  func release(_ id: Int64) async throws { _ = try await pool.query(Self.release, id) }

  /// Records that Jira is about to be asked for tickets.
  ///
  /// - Returns: the links whose reservation was not given back in the meantime.
  func notePosted(_ ids: [Int64]) async throws -> [Int64] {
    try await pool.query(Self.notePosted, ids).map { try $0.int64(0) }
  }

  /// Records that Jira said it took nothing on.
  func noteNotTaken(_ ids: [Int64]) async throws {
    if !ids.isEmpty { _ = try await pool.query(Self.noteNotTaken, ids) }
  }

  /// Gives a reservation back of which Jira has nothing: it was not asked, or took nothing on.
  ///
  /// - Returns: false when Jira may have been asked.
  func releaseUnposted(_ id: Int64) async throws -> Bool {
    try await pool.query(Self.releaseUnposted, id).affected == 1
  }

  /// A proposed link carries nothing, and the ticket of a broken one is gone: neither is in the way.
  private static let inTheWay: Statement = """
    select id, state from links where sentry_issue_id = $1 and jira_project_id = $2
      and state in ('active', 'pending')
    order by id limit 1
    """
  private static let takeOrdinal: Statement = """
    insert into ticket_ordinals as o (sentry_issue_id, last_ordinal) values ($1, 1)
    on conflict (sentry_issue_id) do update set last_ordinal = o.last_ordinal + 1
    returning last_ordinal
    """
  /// A broken link stays as history. Should its ticket be seen again, there are two tickets.
  private static let stepAside: Statement = """
    update links set allows_duplicate = true
    where sentry_issue_id = $1 and jira_project_id = $2 and state = 'broken' and not allows_duplicate
    """
  private static let reserve = Statement(
    """
    insert into links as l (sentry_issue_id, jira_project_id, link_type, state, allows_duplicate,
      created_by, creation_notes, sync_sentry_to_jira, sync_jira_to_sentry, continues_link_id,
      ticket_ordinal, ticket_label, global_id, marker_state)
    values ($1, $2, 'automatic', 'pending', $3, $4, $5, $6, $7, $8, $9::bigint::int, $10, $11, $12)
    returning \(typed)
    """)
  private static let activate: Statement = """
    update links set state = 'active', last_error = null, agreed_sentry_status = $4,
      agreed_jira_category = $5, agreed_jira_status = $6, agreed_jira_resolution = $7,
      jira_issue_id = (select id from jira_issues where jira_organization_id = $2 and jira_id = $3)
    where id = $1 and state = 'pending'
    """
  private static let release: Statement = "delete from links where id = $1 and state = 'pending'"
  private static let notePosted: Statement = """
    update links set posted_at = now() where id = any($1) and state = 'pending' returning id
    """
  private static let noteNotTaken: Statement =
    "update links set posted_at = null where id = any($1) and state = 'pending'"
  private static let releaseUnposted: Statement =
    "delete from links where id = $1 and state = 'pending' and posted_at is null"
}
