import Postgres

/// Follows Sentry issues that were merged into others: their links go with them.
struct MergedIssueStore: Sendable {
  let pool: PostgresPool

  func follow(_ outcomes: [Int64: SentryRefresh.Outcome], organization: Int64) async throws {
    for case (let from, .merged(_, let into)) in outcomes {
      try await follow(from, into: into, organization: organization)
    }
  }

  /// - Parameters: Sentry's ids.
  func follow(_ from: Int64, into: Int64, organization: Int64) async throws {
    try await pool.change { connection in
      guard let row = try connection.query(Self.find, organization, from, into).first else {
        return
      }
      let (old, new) = (try row.int64("old"), try row.int64("new"))
      for link in try connection.query(Self.move, old, new) {
        _ = try connection.query(
          Self.note, try link.int64(0), "follow_merge",
          "The Sentry issue was merged into another: the link goes with it.")
      }
      for link in try connection.query(Self.leave, old) {
        _ = try connection.query(
          Self.note, try link.int64(0), "break",
          "The Sentry issue was merged into one that this ticket is linked to already.")
      }
      _ = try connection.query(Self.bury, old)
    }
  }

  private static let find: Statement = """
    select old.id as old, new.id as new from sentry_issues old, sentry_issues new
    where old.sentry_organization_id = $1 and old.sentry_id = $2
      and new.sentry_organization_id = $1 and new.sentry_id = $3
    """
  private static let move: Statement = """
    update links l set sentry_issue_id = $2, allows_duplicate = true, agreed_sentry_status = null
    where l.sentry_issue_id = $1 and not exists (
      select from links other
      where other.sentry_issue_id = $2 and other.jira_issue_id = l.jira_issue_id)
    returning l.id
    """
  private static let leave: Statement = """
    update links set state = 'broken', last_error = 'The Sentry issue was merged into another, which \
    is linked to this ticket already.'
    where sentry_issue_id = $1 and state not in ('broken', 'proposed') returning id
    """
  private static let note: Statement = """
    insert into link_events (link_id, cause, decision, reason, outcome)
    values ($1, 'sentry changed: merge', $2, $3, 'applied')
    """
  private static let bury: Statement =
    "update sentry_issues set deleted_at = coalesce(deleted_at, now()) where id = $1"
}
