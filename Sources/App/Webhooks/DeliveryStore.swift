import Foundation
import JobQueue
import Postgres
import RESTClient

struct DeliveryStore: Sendable {
  /// A lease lasts longer than any processing, so that it ends only with its worker: by
  /// `enqueueDue`, or by itself should nobody be there to notice.
  static let leaseTime: TimeInterval = 180

  let pool: PostgresPool
  let jobs: JobStore

  static let sorts = [SortField("id", "d.id", "bigint")]

  struct Filters: Sendable {
    var source, state, event: String?
    var organizationID: Int64?
    var since: Date?
  }

  func page(_ page: PageRequest, _ filters: Filters) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "d.id")
    query.filter("d.source = $?", filters.source)
    query.filter("d.state = $?", filters.state)
    query.filter("d.event = $?", filters.event)
    query.filter(
      "coalesce(d.jira_organization_id, d.sentry_organization_id) = $?", filters.organizationID)
    query.filter("d.received_at >= $?", filters.since)
    return try await query.run(on: pool, page: page)
  }

  /// The delivery as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// Stores deliveries, all or none. One that is there already is left out. Without an identifier of the
  /// vendor's it counts again, unless it is known to be a repetition: it waits to be read anyway, or it
  /// was the last one about its issue and its status is the stored one. An issue that is resolved,
  /// reopened and resolved again delivers the same bytes twice.
  func insert(_ deliveries: [IncomingDelivery], timeout: Duration) async throws {
    let stored = try await pool.query(
      Self.insert, deliveries.map(\.source.rawValue), deliveries.map(\.organizationID),
      deliveries.map(\.key), deliveries.map(\.event), deliveries.map(\.subject),
      deliveries.map(\.sentAt), deliveries.map(\.headers),
      deliveries.map { Self.storable($0.body) }, timeout: timeout
    ).affected
    let unnamed = deliveries.filter { $0.key.hasPrefix("sha256:") }
    guard stored < deliveries.count, !unnamed.isEmpty else { return }
    _ = try await pool.query(
      Self.repeatUnnamed, unnamed.map(\.source.rawValue), unnamed.map(\.organizationID),
      unnamed.map(\.key), unnamed.map(\.status), unnamed.map(\.sentAt), timeout: timeout)
  }

  /// Plans the processing of what is stored.
  func plan(_ duties: Set<ProcessDeliveries>) async throws {
    try await pool.transaction { [jobs] connection in
      for duty in duties.sorted(by: { $0.uniqueKey < $1.uniqueKey }) {
        try jobs.enqueue(duty, on: connection, options: duty.options(notifies: true))
      }
    }
  }

  /// Stores a delivery that PostgreSQL cannot read as JSON, without its body.
  func insertUnreadable(_ delivery: IncomingDelivery) async throws {
    _ = try await pool.query(
      Self.insertUnreadable, delivery.source.rawValue, delivery.organizationID, delivery.key,
      delivery.event, delivery.sentAt, delivery.headers)
  }

  /// Takes up to `limit` pending deliveries whose time has come, oldest first.
  ///
  /// - Parameter job: the id of the job that works on them.
  func lease(_ source: WebhookSource, organization id: Int64, limit: Int, job: Int64) async throws
    -> [LeasedDelivery]
  {
    try await pool.query(Self.lease, source.rawValue, id, limit, Self.leaseTime, job).map { row in
      LeasedDelivery(
        id: try row.int64("id"), event: try row.text("event"), attempt: try row.int("attempts"),
        sequence: try row.int64("sequence"), receivedAt: try row.date("received_at"),
        sentAt: try row.dateOrNil("sent_at"),
        body: try row.textOrNil("body").map { Array($0.utf8) })
    }.sorted { $0.id < $1.id }
  }

  /// Notes how deliveries ended.
  func settle(_ outcomes: [(delivery: LeasedDelivery, outcome: DeliveryOutcome)]) async throws {
    guard !outcomes.isEmpty else { return }
    let ends = outcomes.map { DeliveryEnd($0.delivery, $0.outcome) }
    _ = try await pool.query(
      Self.settle, outcomes.map(\.delivery.id), outcomes.map(\.delivery.sequence),
      ends.map(\.state), ends.map(\.reason), ends.map(\.pause), ends.map(\.takesAttempt))
  }

  /// Gives leased deliveries back, as if nobody had taken them.
  func giveBack(_ deliveries: [LeasedDelivery], after seconds: Double) async throws {
    _ = try await pool.query(Self.giveBack, deliveries.map(\.id), seconds)
  }

  /// Makes a delivery pending again, as if it had just come.
  ///
  /// - Returns: whether there is one.
  func replay(_ id: Int64) async throws -> Bool {
    try await pool.change { [jobs] connection in
      guard let row = try connection.query(Self.replay, id).first,
        let source = WebhookSource(rawValue: try row.text("source"))
      else { return false }
      let duty = ProcessDeliveries(
        source: source, organizationID: try row.int64("organization_id"))
      try jobs.enqueue(duty, on: connection, options: duty.options(notifies: true))
      return true
    }
  }

  /// Plans the processing of everything that is due and perhaps nobody's: what was retried, what a
  /// process that died had leased, what was stored while the job that would have done it ended.
  func enqueueDue() async throws {
    try await pool.transaction { [jobs] connection in
      _ = try connection.query(Self.releaseDead)
      for row in try connection.query(Self.due) {
        guard let source = WebhookSource(rawValue: try row.text("source")) else { continue }
        let duty = ProcessDeliveries(
          source: source, organizationID: try row.int64("organization_id"))
        try jobs.enqueue(duty, on: connection, options: duty.options(notifies: true))
      }
    }
  }

  /// What PostgreSQL could not read in JSON is left out of the texts in it.
  private static func storable(_ body: [UInt8]) -> String {
    String(decoding: VendorJSON.readable(body), as: UTF8.self)
  }
}

/// An outcome as the delivery's row keeps it.
private struct DeliveryEnd {
  var state: String
  var reason: String
  /// Seconds before the next attempt.
  var pause = 0.0
  var takesAttempt = true

  init(_ delivery: LeasedDelivery, _ outcome: DeliveryOutcome) {
    switch outcome {
    case .processed(let reason): (state, self.reason) = ("processed", reason)
    case .ignored(let reason): (state, self.reason) = ("ignored", reason)
    case .stale(let reason):
      (state, self.reason, takesAttempt) = ("pending", reason, false)
      pause = DeliveryOutcome.pause(atAge: -delivery.receivedAt.timeIntervalSinceNow)
    case .failed(let reason):
      let isLast = delivery.attempt >= DeliveryOutcome.mostAttempts
      (state, self.reason) = (isLast ? "failed" : "pending", reason)
      pause = DeliveryOutcome.pause(afterAttempt: delivery.attempt)
    }
  }
}

extension DeliveryStore {
  private static let columns = """
    d.id, d.source, coalesce(d.jira_organization_id, d.sentry_organization_id) as organization_id,
    d.delivery_key as delivery_id, d.event, d.sent_at, d.received_at, d.state, d.reason, d.attempts,
    d.processed_at, d.headers
    """
  private static let list =
    "select /*sort*/\(columns), null::json as body from webhook_deliveries d"
  private static let find = Statement(
    "select \(columns), d.body from webhook_deliveries d where d.id = $1")
  /// What the columns show is found in the body before: each look into it here would parse it again.
  private static let insert: Statement = """
    insert into webhook_deliveries (source, jira_organization_id, sentry_organization_id,
      delivery_key, event, subject, sent_at, headers, body)
    select d.source, case d.source when 'jira' then d.organization_id end,
      case d.source when 'sentry' then d.organization_id end, d.key, d.event, d.subject, d.sent_at,
      d.headers::jsonb, d.body::json
    from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
      $7::text[], $8::text[])
      as d (source, organization_id, key, event, subject, sent_at, headers, body)
    on conflict do nothing
    """
  /// One that is being processed may have been read before this news: it is processed once more.
  private static let repeatUnnamed: Statement = """
    update webhook_deliveries d
    set sequence = nextval('webhook_deliveries_sequence'), sent_at = again.sent_at,
      attempts = case when d.state = 'pending' then d.attempts else 0 end,
      next_attempt_at = case when d.state = 'pending' then d.next_attempt_at else now() end,
      state = 'pending', processed_at = null
    from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
      as again (source, organization_id, key, status, sent_at)
    where d.source = again.source and d.delivery_key = again.key
      and (d.jira_organization_id = again.organization_id
        or d.sentry_organization_id = again.organization_id)
      and case d.state
        when 'pending' then d.leased_by is not null
        else again.status is null
          or exists (
            select from webhook_deliveries later
            where later.subject = d.subject and later.sequence > d.sequence
              and later.source = d.source
              and coalesce(later.jira_organization_id, later.sentry_organization_id)
                = again.organization_id)
          or not exists (
            select from sentry_issues s
            where s.sentry_organization_id = again.organization_id
              and s.sentry_id = case when d.subject ~ '^[0-9]{1,18}$' then d.subject::bigint end
              and s.status = again.status
              and s.deleted_at is null)
        end
    """
  private static let insertUnreadable: Statement = """
    insert into webhook_deliveries (source, jira_organization_id, sentry_organization_id,
      delivery_key, event, sent_at, headers, state, processed_at, reason)
    values ($1, case when $1 = 'jira' then $2::bigint end,
      case when $1 = 'sentry' then $2::bigint end, $3, $4, $5, $6::text::jsonb, 'ignored', now(),
      'The body is no JSON.')
    on conflict do nothing
    """
  private static let lease: Statement = """
    update webhook_deliveries set attempts = attempts + 1, leased_by = $5,
      next_attempt_at = now() + make_interval(secs => $4)
    where id in (
      select id from webhook_deliveries
      where state = 'pending' and next_attempt_at <= now() and source = $1
        and (jira_organization_id = $2 or sentry_organization_id = $2)
      order by next_attempt_at limit $3 for update skip locked)
    returning id, event, attempts, sequence, received_at, sent_at, body::text as body
    """
  /// One that came again while it was processed stays pending.
  private static let settle: Statement = """
    update webhook_deliveries d set reason = ended.reason, leased_by = null,
      state = case when d.sequence = ended.sequence then ended.state else 'pending' end,
      processed_at =
        case when d.sequence = ended.sequence and ended.state <> 'pending' then now() end,
      attempts = case when ended.takes_attempt then d.attempts else d.attempts - 1 end,
      next_attempt_at = now() + make_interval(
        secs => case when d.sequence = ended.sequence then ended.pause else 0 end)
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::float8[], $6::boolean[])
      as ended (id, sequence, state, reason, pause, takes_attempt)
    where d.id = ended.id and d.state = 'pending'
    """
  private static let giveBack: Statement = """
    update webhook_deliveries set attempts = attempts - 1, leased_by = null,
      next_attempt_at = now() + make_interval(secs => $2)
    where id = any($1) and state = 'pending'
    """
  private static let replay: Statement = """
    update webhook_deliveries
    set state = 'pending', reason = null, attempts = 0, next_attempt_at = now(),
      processed_at = null
    where id = $1 and body is not null
    returning source, coalesce(jira_organization_id, sentry_organization_id) as organization_id
    """
  /// Of a job that died or ended in between, seconds after its last heartbeat.
  private static let releaseDead: Statement = """
    update webhook_deliveries d set next_attempt_at = now(), leased_by = null
    where d.state = 'pending' and d.leased_by is not null and not exists (
      select from jobs where jobs.id = d.leased_by and jobs.state = 'running')
    """
  private static let due: Statement = """
    select distinct source,
      coalesce(jira_organization_id, sentry_organization_id) as organization_id
    from webhook_deliveries where state = 'pending' and next_attempt_at <= now()
    """
}
