import Postgres
import RESTClient

/// Follows Sentry issues that were merged into others: each becomes a tombstone that names its parent, and its
/// links go with it.
struct MergedIssueStore: Sendable {
  let pool: PostgresPool

  func follow(_ outcomes: [Int64: SentryRefresh.Outcome], organization: Int64) async throws {
    for case (let from, .merged(let shortID, let into)) in outcomes {
      try await follow(from, into: (into, shortID), organization: organization)
    }
  }

  /// - Parameters:
  ///   - from: Sentry's own id.
  ///   - parent: Sentry's own id and the short id of the issue that lives on. It is not stored where its project is
  ///     not synced; then there is nothing for links to go to.
  /// - Returns: whether an issue was marked.
  @discardableResult
  func follow(_ from: Int64, into parent: (id: Int64, shortID: String), organization: Int64)
    async throws -> Bool
  {
    try await pool.change { connection in
      guard let row = try connection.query(Self.find, organization, from, parent.id).first else {
        return false
      }
      let old = try row.int64("old")
      if let new = try row.int64OrNil("new") {
        for link in try connection.query(Self.move, old, new) {
          _ = try connection.query(
            Self.note, try link.int64(0), "follow_merge",
            "The Sentry issue was merged into \(parent.shortID): the link goes with it.")
        }
        try leave(
          old,
          "The Sentry issue was merged into \(parent.shortID), which is linked to this ticket already."
        )
      } else {
        try leave(
          old, "The Sentry issue was merged into \(parent.shortID), whose project is not synced.")
      }
      return try connection.query(Self.bury, old, parent.id, parent.shortID.storable).affected > 0

      func leave(_ issue: Int64, _ reason: String) throws {
        for link in try connection.query(Self.leave, issue, reason) {
          _ = try connection.query(Self.note, try link.int64(0), "break", reason)
        }
      }
    }
  }

  private static let find: Statement = """
    select old.id as old, new.id as new
    from sentry_issues old left join sentry_issues new
      on new.sentry_organization_id = old.sentry_organization_id and new.sentry_id = $3
        and new.deleted_at is null
    where old.sentry_organization_id = $1 and old.sentry_id = $2 and old.sentry_id <> $3
    """
  private static let move: Statement = """
    update links l set sentry_issue_id = $2, allows_duplicate = true, agreed_sentry_status = null
    where l.sentry_issue_id = $1 and not exists (
      select from links other
      where other.sentry_issue_id = $2 and other.jira_issue_id = l.jira_issue_id)
    returning l.id
    """
  private static let leave: Statement = """
    update links set state = 'broken', last_error = $2
    where sentry_issue_id = $1 and state not in ('broken', 'proposed') returning id
    """
  private static let note: Statement = """
    insert into link_events (link_id, cause, decision, reason, outcome)
    values ($1, 'sentry changed: merge', $2, $3, 'applied')
    """
  /// What was merged into it before lives on in the same issue.
  private static let bury: Statement = """
    update sentry_issues set merged_into_sentry_id = $2, merged_into_short_id = $3,
      deleted_at = coalesce(deleted_at, now())
    where id = $1 or merged_into_sentry_id = (select sentry_id from sentry_issues where id = $1)
      and sentry_organization_id = (select sentry_organization_id from sentry_issues where id = $1)
    """
}
