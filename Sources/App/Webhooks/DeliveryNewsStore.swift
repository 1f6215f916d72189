import Foundation
import Postgres
import RESTClient

/// What a delivery says of its issue, to be held against what the vendor returned.
struct DeliveryNews: Sendable {
  var deliveryID: Int64
  /// The vendor's id or key.
  var reference: String
  var vendorID: Int64? { Int64(reference) }
  /// Jira's time of the last update.
  var updatedAt: Date?
  /// Sentry's status.
  var status: String?
}

/// Finds what deliveries mean for links and for our copies.
struct DeliveryNewsStore: Sendable {
  let pool: PostgresPool

  /// Those of Sentry's ids whose issue has an active link.
  func linked(_ ids: [Int64], organization id: Int64) async throws -> Set<Int64> {
    Set(try await pool.query(Self.linked, id, ids).map { try $0.int64(0) })
  }

  /// Plans the comparison of each link whose side, as it is stored now, is not what was last agreed on,
  /// and tells it what was just read. Where only what we left open differs it is taken over.
  ///
  /// - Parameter references: the vendor's ids or keys.
  func planComparisons(
    _ source: WebhookSource, organization id: Int64, _ references: [String],
    _ histories: [Int64: SentryHistory]
  ) async throws {
    let ids = references.compactMap { Int64($0) }
    let keys = references.filter { Int64($0) == nil }
    if source == .jira { _ = try await pool.query(Self.adopt, id, ids, keys) }
    let changed = try await pool.query(
      source == .jira ? Self.changedTickets : Self.changedIssues, id, ids, keys)
    guard !changed.isEmpty else { return }
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .deferredToDate
    let arguments = try changed.map { row in
      let job = SyncLink(
        linkID: try row.int64("id"), cause: "\(source.rawValue) changed: webhook",
        handed: HandedReading(
          vendor: source.vendor, readAt: Date(),
          sentry: source == .sentry ? histories[try row.int64("vendor_id")] : nil))
      return String(decoding: try encoder.encode(job), as: UTF8.self)
    }
    _ = try await pool.query(Self.plan, try changed.map { try $0.int64("id") }, arguments)
  }

  /// Deliveries of which our copy, read after them, is older. A status that our own write or a later
  /// delivery explains is not.
  func unseen(_ news: [DeliveryNews], _ source: WebhookSource, organization id: Int64) async throws
    -> Set<Int64>
  {
    guard !news.isEmpty else { return [] }
    let rows =
      source == .jira
      ? try await pool.query(
        Self.unseenTickets, id, news.map(\.deliveryID), news.map(\.vendorID), news.map(\.reference),
        news.map(\.updatedAt))
      : try await pool.query(
        Self.unseenIssues, id, news.map(\.deliveryID), news.map(\.vendorID), news.map(\.status))
    return Set(try rows.map { try $0.int64(0) })
  }

  private static let linked: Statement = """
    select distinct s.sentry_id from links l join sentry_issues s on s.id = l.sentry_issue_id
    where l.state = 'active' and s.sentry_organization_id = $1 and s.sentry_id = any($2)
    """
  private static let adopt: Statement = """
    update links l set agreed_jira_status = j.status, agreed_jira_status_id = null,
      agreed_jira_resolution = j.resolution
    from jira_issues j
    where j.id = l.jira_issue_id and j.jira_organization_id = $1
      and (j.jira_id = any($2) or j.key = any($3)) and l.state = 'active'
      and l.agreed_jira_status is null and l.agreed_jira_category = j.status_category
    """
  private static let changedTickets: Statement = """
    select l.id, j.jira_id as vendor_id from links l join jira_issues j on j.id = l.jira_issue_id
    where j.jira_organization_id = $1 and (j.jira_id = any($2) or j.key = any($3))
      and j.deleted_at is null and l.state = 'active'
      and (l.agreed_jira_category is distinct from j.status_category
        or l.agreed_jira_status is not null
          and (l.agreed_jira_status, l.agreed_jira_resolution)
            is distinct from (j.status, j.resolution))
    order by l.id
    """
  private static let changedIssues: Statement = """
    select l.id, s.sentry_id as vendor_id from links l join sentry_issues s on s.id = l.sentry_issue_id
    where s.sentry_organization_id = $1 and s.sentry_id = any($2) and $3::text[] is not null
      and s.deleted_at is null and l.state = 'active'
      and l.agreed_sentry_status is distinct from s.status
    order by l.id
    """
  /// One that waits already learns what was read now.
  private static let plan: Statement = """
    with planned as (
      insert into jobs (kind, arguments, state, unique_key, unique_until)
      select 'sync_link', arguments::jsonb, 'available', 'sync_link:' || id, 'started'
      from unnest($1::bigint[], $2::text[]) as planned (id, arguments) order by id
      on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
        or (state = 'running' and unique_until = 'finished')
      do update set arguments = excluded.arguments where jobs.kind = 'sync_link'
      returning 1)
    select pg_notify('issuebridge_jobs', '') from (select count(*) from planned) planned
    """
  private static let unseenTickets: Statement = """
    select news.delivery_id
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[])
        as news (delivery_id, vendor_id, key, updated_at)
      join jira_issues j on j.id = coalesce(
        (select i.id from jira_issues i
         where i.jira_organization_id = $1 and i.jira_id = news.vendor_id),
        (select k.issue_id from jira_issue_keys k join jira_issues i on i.id = k.issue_id
         where k.is_live and k.key = news.key and i.jira_organization_id = $1 limit 1))
    where j.deleted_at is null and j.jira_updated_at < news.updated_at
    """
  private static let unseenIssues: Statement = """
    select news.delivery_id
    from unnest($2::bigint[], $3::bigint[], $4::text[]) as news (delivery_id, vendor_id, status)
      join webhook_deliveries d on d.id = news.delivery_id
      join sentry_issues s on s.sentry_organization_id = $1 and s.deleted_at is null
        and s.sentry_id = news.vendor_id
    where s.status <> news.status and d.sent_at > now() - interval '1 minute'
      and not exists (
        select from webhook_deliveries later
        where later.subject = d.subject and later.source = 'sentry'
          and later.sentry_organization_id = $1
          and (later.sequence > d.sequence or later.sent_at > d.sent_at))
      and not exists (
        select from vendor_writes w
        where w.sentry_issue_id = s.id and w.state <> 'failed' and w.expected = s.status
          and w.written_at > d.sent_at - interval '1 minute')
    """
}
