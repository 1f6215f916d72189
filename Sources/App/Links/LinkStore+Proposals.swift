import JobQueue
import Postgres

/// The two vendors' own ids of a link's sides.
struct LinkSideIDs: Sendable {
  var jiraOrganizationID, jiraID: Int64
  var sentryOrganizationID, sentryID: Int64
}

/// What a person makes of proposed links.
extension LinkStore {
  /// Makes a proposed link active. It agrees on both sides as they are stored, so that accepting moves
  /// nothing: what differs now was so before anyone linked them.
  ///
  /// - Throws: a 404; a 409 for a link that is not proposed, or whose ticket or issue is gone.
  func accept(_ id: Int64, by name: String) async throws {
    try await pool.change { [jobs] connection in
      try Self.requireProposed(id, connection)
      guard let row = try connection.query(Self.accept, id).first else {
        throw Problem.conflict(
          "link-side-deleted",
          "Link \(id) cannot be accepted: its ticket or its Sentry issue was deleted.")
      }
      let (sentry, ticket) = (try row.text("sentry_status"), try row.text("jira_status"))
      _ = try connection.query(
        Self.noteDecision, id, "accepted by \(name)", "accept",
        "The proposed link was accepted as both sides are: Sentry says \(sentry), the ticket is "
          + "\(ticket). Changes are carried from now on.")
      let backlinks = PublishBacklinks(linkID: id)
      try jobs.enqueue(backlinks, on: connection, options: backlinks.options)
    }
  }

  /// Takes a proposed link away for good: what still names the other side does not bring it back.
  ///
  /// - Throws: a 404; a 409 for a link that is not proposed.
  func reject(_ id: Int64) async throws {
    try await pool.change { connection in
      try Self.requireProposed(id, connection)
      _ = try connection.query(Self.deleteProposed, id)
    }
  }

  /// What the vendors call the sides of proposed links.
  func proposedSides(_ ids: [Int64]) async throws -> [LinkSideIDs] {
    try await pool.query(Self.proposedSides, ids).map { row in
      LinkSideIDs(
        jiraOrganizationID: try row.int64("jira_organization_id"),
        jiraID: try row.int64("jira_id"),
        sentryOrganizationID: try row.int64("sentry_organization_id"),
        sentryID: try row.int64("sentry_id"))
    }
  }

  /// The link's row is locked until the transaction ends.
  private static func requireProposed(_ id: Int64, _ connection: Connection) throws {
    guard let row = try connection.query(lockState, id).first else {
      throw Problem.notFound("link \(id)")
    }
    let state = try row.text("state")
    guard state == LinkState.proposed.rawValue else {
      throw Problem.conflict(
        "link-not-proposed",
        "Link \(id) is \(state). Only a proposed link can be accepted or rejected"
          + (state == LinkState.active.rawValue ? "; to unlink both sides, delete the link." : "."))
    }
  }

  private static let lockState: Statement = "select state from links where id = $1 for update"
  private static let accept: Statement = """
    update links l set state = 'active', last_error = null, agreed_sentry_status = s.status,
      agreed_jira_category = j.status_category, agreed_jira_status = j.status,
      agreed_jira_resolution = j.resolution
    from sentry_issues s, jira_issues j
    where l.id = $1 and s.id = l.sentry_issue_id and j.id = l.jira_issue_id
      and s.deleted_at is null and j.deleted_at is null
    returning s.status as sentry_status, j.status as jira_status
    """
  private static let deleteProposed: Statement =
    "delete from links where id = $1 and state = 'proposed'"
  private static let noteDecision: Statement = """
    insert into link_events (link_id, cause, decision, reason, outcome)
    values ($1, $2, $3, $4, 'applied')
    """
  private static let proposedSides: Statement = """
    select j.jira_organization_id, j.jira_id, s.sentry_organization_id, s.sentry_id
    from links l join jira_issues j on j.id = l.jira_issue_id
      join sentry_issues s on s.id = l.sentry_issue_id
    where l.id = any($1) and l.state = 'proposed'
    """
}
