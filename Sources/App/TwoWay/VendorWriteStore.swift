import Postgres
import RESTClient

/// Remembers every status that we ask a vendor for, before it is asked.
struct VendorWriteStore: Sendable {
  /// How long a write whose answer is not known explains a change, and an echo is waited for.
  private static let memory = "interval '1 hour'"

  let pool: PostgresPool

  /// Runs a request that changes a status, between the two notes of it.
  ///
  /// - Parameter expected: Jira's status category or Sentry's status afterwards.
  func recording<T: Sendable>(
    _ linkID: Int64, _ vendor: Vendor, expected: String,
    _ request: () async throws -> T
  ) async throws -> T {
    let id = try await pool.query(Self.insert, linkID, vendor.rawValue, expected)[0].int64(0)
    do {
      let answer = try await asking(vendor, request)
      _ = try await pool.query(Self.end, id, "done")
      return answer
    } catch let failure as VendorFailure where !failure.error.mayHaveBeenReceived {
      _ = try await pool.query(Self.end, id, "failed")
      throw failure
    }
  }

  /// The link's terms, with what our own writes without a known outcome would have changed.
  func terms(of link: Link) async throws -> LinkTerms {
    var terms = LinkTerms(
      syncsSentryToJira: link.syncsSentryToJira, syncsJiraToSentry: link.syncsJiraToSentry,
      continuedBy: link.continuedBy)
    for row in try await pool.query(Self.unanswered, link.id) {
      let expected = try row.text("expected")
      if try row.text("vendor") == "jira" {
        terms.ownJiraCategory = expected
      } else {
        terms.ownSentryStatus = expected
      }
    }
    return terms
  }

  /// Recognizes the echoes of our writes among issues that were read because of a webhook.
  ///
  /// - Parameter ids: the vendor's ids.
  /// - Returns: those whose state is what we last asked for.
  func takeEchoes(_ source: WebhookSource, organization id: Int64, _ ids: [Int64]) async throws
    -> Set<Int64>
  {
    guard !ids.isEmpty else { return [] }
    let rows = try await pool.query(
      source == .jira ? Self.jiraEchoes : Self.sentryEchoes, id, ids)
    return Set(try rows.map { try $0.int64(0) })
  }

  private static let insert: Statement = """
    insert into vendor_writes (link_id, vendor, expected) values ($1, $2, $3) returning id
    """
  private static let end: Statement = "update vendor_writes set state = $2 where id = $1"
  /// Only the last write of each side can explain what is seen now.
  private static let unanswered = Statement(
    """
    select vendor, expected from (
      select distinct on (vendor) vendor, expected, state, written_at from vendor_writes
      where link_id = $1 order by vendor, id desc) last
    where state = 'sent' and written_at > now() - \(memory)
    """)
  private static let jiraEchoes = Statement(
    """
    update vendor_writes w set echo_at = now()
    from links l join jira_issues i on i.id = l.jira_issue_id
    where w.link_id = l.id and w.vendor = 'jira' and w.echo_at is null and w.state <> 'failed'
      and w.written_at > now() - \(memory) and i.jira_organization_id = $1
      and i.jira_id = any($2) and i.status_category = w.expected
    returning i.jira_id
    """)
  private static let sentryEchoes = Statement(
    """
    update vendor_writes w set echo_at = now()
    from links l join sentry_issues i on i.id = l.sentry_issue_id
    where w.link_id = l.id and w.vendor = 'sentry' and w.echo_at is null and w.state <> 'failed'
      and w.written_at > now() - \(memory) and i.sentry_organization_id = $1
      and i.sentry_id = any($2) and i.status = w.expected
    returning i.sentry_id
    """)
}
