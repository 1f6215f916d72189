import Postgres
import RESTClient

/// What a write changes, and because of which link.
struct VendorWrite: Sendable {
  var linkID: Int64
  /// Our id of the ticket or the Sentry issue.
  var subjectID: Int64?
  var vendor: Vendor
  /// Jira's status category or Sentry's status afterwards.
  var expected: String
}

/// Remembers every status that we ask a vendor for, before it is asked.
struct VendorWriteStore: Sendable {
  /// How long a write whose answer is not known explains a change, and an echo is waited for.
  private static let memory = "interval '1 hour'"

  let pool: PostgresPool

  /// Runs a request that changes a status, between the two records of it.
  func recording<T: Sendable>(_ write: VendorWrite, _ request: () async throws -> T) async throws
    -> T
  {
    try await recording([write], request)
  }

  /// As the other, for a request that changes several at once.
  func recording<T: Sendable>(_ writes: [VendorWrite], _ request: () async throws -> T) async throws
    -> T
  {
    guard let vendor = writes.first?.vendor else { return try await request() }
    let ids = try await pool.query(
      Self.insert, vendor.rawValue, writes.map(\.linkID), writes.map(\.subjectID),
      writes.map(\.expected)
    ).map { try $0.int64(0) }
    do {
      let answer = try await asking(vendor, request)
      _ = try await pool.query(Self.end, ids, "done")
      return answer
    } catch let failure as VendorFailure where !failure.error.mayHaveBeenReceived {
      _ = try await pool.query(Self.end, ids, "failed")
      throw failure
    } catch let overdue as RequestOverdue where !overdue.mayHaveBeenReceived {
      _ = try await pool.query(Self.end, ids, "failed")
      throw overdue
    }
  }

  /// The link's terms, with what our own writes without a known outcome would have changed, whichever
  /// link caused them.
  func terms(of link: Link) async throws -> LinkTerms {
    var terms = LinkTerms(
      syncsSentryToJira: link.syncsSentryToJira, syncsJiraToSentry: link.syncsJiraToSentry,
      continuedBy: link.continuedBy, initialSync: link.initialSync)
    for row in try await pool.query(Self.lastWrites, link.jiraIssueID, link.sentryIssueID) {
      let isJira = try row.text("vendor") == "jira"
      let (expected, endedAt) = (try row.text("expected"), try row.date("ended_at"))
      if isJira { terms.ownJiraWriteAt = endedAt } else { terms.ownSentryWriteAt = endedAt }
      guard try row.bool("is_unanswered") else { continue }
      if isJira { terms.ownJiraCategory = expected } else { terms.ownSentryStatus = expected }
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

  /// Recognizes echoes among deliveries of Sentry that need not be read, because they say nothing else
  /// than what we wrote and have stored.
  ///
  /// - Returns: the deliveries' ids.
  func takeProvenEchoes(organization id: Int64, _ deliveries: [LeasedDelivery]) async throws
    -> Set<Int64>
  {
    let told = deliveries.compactMap { delivery -> (Int64, Int64, String)? in
      guard delivery.event.hasPrefix("issue."), let body = delivery.body else { return nil }
      let peek = DeliveryPeek(body)
      guard let subject = peek.subject.flatMap({ Int64($0) }), let status = peek.status,
        ["resolved", "unresolved", "ignored", "archived"].contains(peek.action ?? "")
      else { return nil }
      return (delivery.id, subject, status)
    }
    guard !told.isEmpty else { return [] }
    let rows = try await pool.query(
      Self.provenEchoes, id, told.map(\.0), told.map(\.1), told.map(\.2))
    return Set(try rows.map { try $0.int64(0) })
  }

  private static let insert: Statement = """
    insert into vendor_writes (link_id, vendor, expected, jira_issue_id, sentry_issue_id)
    select link_id, $1, expected, case when $1 = 'jira' then subject_id end,
      case when $1 = 'sentry' then subject_id end
    from unnest($2::bigint[], $3::bigint[], $4::text[]) as w (link_id, subject_id, expected)
    returning id
    """
  private static let end: Statement =
    "update vendor_writes set state = $2, ended_at = now() where id = any($1)"
  /// Only the last write of each side can explain what is seen now. One whose answer never came may have
  /// been carried out somewhat later.
  private static let lastWrites = Statement(
    """
    select vendor, expected, coalesce(ended_at, written_at + interval '30 seconds') as ended_at,
      state = 'sent' and written_at > now() - \(memory) as is_unanswered
    from (
      (select * from vendor_writes
       where jira_issue_id = $1 and state <> 'failed' order by id desc limit 1)
      union all
      (select * from vendor_writes
       where sentry_issue_id = $2 and state <> 'failed' order by id desc limit 1)) last
    """)
  /// The echo may come before the answer: then the comparison is about to store the same status. Only the
  /// last write of an issue counts: what came before it may be somebody else's news.
  private static let provenEchoes = Statement(
    """
    update vendor_writes w set echo_at = now()
    from unnest($2::bigint[], $3::bigint[], $4::text[]) as told (delivery_id, subject, status)
      join sentry_issues i on i.sentry_organization_id = $1 and i.sentry_id = told.subject
    where w.sentry_issue_id = i.id and w.echo_at is null and w.state <> 'failed'
      and (i.status = told.status or w.written_at > now() - interval '1 minute')
      and w.expected = told.status and w.written_at > now() - \(memory)
      and not exists (
        select from vendor_writes later where later.sentry_issue_id = i.id and later.id > w.id)
    returning told.delivery_id
    """)
  private static let jiraEchoes = Statement(
    """
    update vendor_writes w set echo_at = now()
    from jira_issues i
    where i.id = w.jira_issue_id and w.echo_at is null and w.state <> 'failed'
      and w.written_at > now() - \(memory) and i.jira_organization_id = $1
      and i.jira_id = any($2) and i.status_category = w.expected
    returning i.jira_id
    """)
  private static let sentryEchoes = Statement(
    """
    update vendor_writes w set echo_at = now()
    from sentry_issues i
    where i.id = w.sentry_issue_id and w.echo_at is null and w.state <> 'failed'
      and w.written_at > now() - \(memory) and i.sentry_organization_id = $1
      and i.sentry_id = any($2) and i.status = w.expected
    returning i.sentry_id
    """)
}
