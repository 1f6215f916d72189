import Foundation
import Postgres

/// Storing issues as Sentry states them, and finding what it states no longer.
extension SentryIssueStore {
  /// Stores what Sentry answered to a change of ours, with its audit event.
  func storeChange(_ id: Int64, _ record: SentryIssueRecord, project: StoredSentryProject)
    async throws
  {
    try await pool.change { connection in
      try AuditStore.auditing("sentry_issue", id, Self.audited, on: connection) {
        _ = try Self.upsert([record], project: project, on: connection)
      }
    }
  }

  /// Stores a page as Sentry states it, in one statement: what is equal is not written. Ids given
  /// twice are folded to the one seen last.
  func upsert(_ records: [SentryIssueRecord], project: StoredSentryProject, dryRun: Bool)
    async throws
    -> PageChanges
  {
    let records = Self.folded(records.filter(\.isLive))
    guard !records.isEmpty else { return PageChanges() }
    return try await pool.dryRunnable(dryRun) { connection in
      try Self.upsert(records, project: project, on: connection)
    }
  }

  static func upsert(
    _ records: [SentryIssueRecord], project: StoredSentryProject, on connection: Connection
  ) throws -> PageChanges {
    try upsert(
      records, places: Array(repeating: project.id, count: records.count),
      organizationID: project.organizationID, on: connection)
  }

  /// Stores a page of any projects' issues; those of projects that are not synced are left out.
  ///
  /// - Parameter step: noted in the same transaction; nil: none.
  func store(
    _ records: [SentryIssueRecord], of step: SyncReading.Step? = nil,
    _ places: SentryPlaces, dryRun: Bool
  ) async throws -> PageChanges {
    let placed = Self.folded(records.filter(\.isLive)).filter { places[$0.sentryProjectID] != nil }
    return try await pool.dryRunnable(dryRun) { connection in
      if dryRun { return try Self.plan(placed, places, on: connection) }
      let changes = try Self.upsert(
        placed, places: placed.compactMap { places[$0.sentryProjectID]?.id },
        organizationID: places.organizationID, on: connection)
      if let step { try SyncReadingStore.note(step, changes, on: connection) }
      return changes
    }
  }

  private static func plan(
    _ records: [SentryIssueRecord], _ places: SentryPlaces, on connection: Connection
  ) throws -> PageChanges {
    let places = try places.rehearsed(on: connection)
    var (changes, plan) = try PlanComparison.changes(
      of: Self.compared, [places.organizationID, records.map(\.sentryID)], on: connection
    ) {
      try Self.upsert(
        records, places: records.compactMap { places[$0.sentryProjectID]?.id },
        organizationID: places.organizationID, on: connection)
    }
    changes.plan = plan
    return changes
  }

  /// The keys of stored issues by the vendor's ids.
  func keys(_ ids: [Int64], organization id: Int64) async throws -> [String] {
    try await pool.query(Self.compared, id, ids).map { try $0.text("key") }
  }

  private static func upsert(
    _ records: [SentryIssueRecord], places: [Int64], organizationID: Int64,
    on connection: Connection
  ) throws -> PageChanges {
    guard !records.isEmpty else { return PageChanges() }
    let records = try timed(records, organizationID, on: connection)
    let rows = try connection.query(
      Self.upsertPage, organizationID, places, records.map(\.sentryID),
      records.map(\.shortID), records.map(\.title), records.map(\.culprit), records.map(\.level),
      records.map(\.status), records.map(\.substatus), records.map(\.firstSeenAt),
      records.map(\.lastSeenAt), records.map(\.eventCount), records.map(\.userCount),
      records.map(\.permalink), records.map(\.assignedTo), records.map(\.metadata),
      records.map(\.readAt),
      // Arrays of arrays cannot be unnested by row.
      records.map { ArrayLiteral.text(of: $0.ticketAddresses) })
    return try PageChanges(counted: rows, of: records.count)
  }

  /// Sentry states no times for an issue without events: those that are stored stay, and a new issue has
  /// those of its first reading.
  private static func timed(
    _ records: [SentryIssueRecord], _ organizationID: Int64, on connection: Connection
  ) throws -> [SentryIssueRecord] {
    let untimed = records.filter { $0.firstSeenAt == nil || $0.lastSeenAt == nil }.map(\.sentryID)
    guard !untimed.isEmpty else { return records }
    let stored = try connection.query(Self.times, organizationID, untimed).reduce(into: [:]) {
      $0[try $1.int64("sentry_id")] = (
        first: try $1.date("first_seen_at"), last: try $1.date("last_seen_at")
      )
    }
    return records.map { record in
      var record = record
      record.firstSeenAt = record.firstSeenAt ?? stored[record.sentryID]?.first ?? record.readAt
      record.lastSeenAt = record.lastSeenAt ?? stored[record.sentryID]?.last ?? record.readAt
      return record
    }
  }

  /// Marks as deleted what a complete reading of a project did not meet.
  func markDeleted(_ sentryIDs: [Int64], organization: Int64, dryRun: Bool) async throws -> Int {
    try await pool.dryRunnable(dryRun) { connection in
      try connection.query(Self.markDeleted, organization, sentryIDs).affected
    }
  }

  /// The live issues of a project that were stored before `time` and that Sentry does not list.
  func missing(_ projectID: Int64, listed: [Int64], before time: Date) async throws -> [Int64] {
    try await pool.query(Self.missing, projectID, listed, time).map { try $0.int64("sentry_id") }
  }

  /// The live issues of some projects that had an event since `time`, and those of them that are
  /// unresolved: what Sentry's lists are about.
  func counts(projects ids: [Int64], since time: Date) async throws -> (all: Int, unresolved: Int) {
    let row = try await pool.query(Self.counts, ids, time)[0]
    return (try row.int("all_issues"), try row.int("unresolved"))
  }

  /// The live issues of a project.
  func count(project id: Int64) async throws -> Int {
    try await pool.query(Self.count, id)[0].int(0)
  }

  /// Those of some issues that are stored as deleted, by Sentry's own ids.
  func tombstones(of ids: [Int64], organization: Int64) async throws -> [Int64] {
    try await pool.query(Self.tombstones, organization, ids).map { try $0.int64("sentry_id") }
  }

  /// The projects of live issues, all by Sentry's own ids.
  func projects(of ids: [Int64], organization: Int64) async throws -> [Int64: Int64] {
    try await pool.query(Self.places, organization, ids).reduce(into: [:]) {
      $0[try $1.int64("sentry_id")] = try $1.int64("project")
    }
  }

  private static func folded(_ records: [SentryIssueRecord]) -> [SentryIssueRecord] {
    Dictionary(records.map { ($0.sentryID, $0) }) { $0.readAt > $1.readAt ? $0 : $1 }
      .values.sorted { $0.sentryID < $1.sentryID }
  }

  private static let times: Statement = """
    select sentry_id, first_seen_at, last_seen_at from sentry_issues
    where sentry_organization_id = $1 and sentry_id = any($2)
    """
  private static let audited: Statement = """
    select json_build_object('status', status, 'substatus', substatus)::text
    from sentry_issues where id = $1 for update
    """
  private static let upsertPage = PageChanges.counting(
    """
    insert into sentry_issues as i
      (sentry_organization_id, sentry_project_id, sentry_id, short_id, title, culprit, level,
       status, substatus, first_seen_at, last_seen_at, event_count, user_count, permalink,
       assigned_to, metadata, read_at, ticket_addresses)
    select $1, u.project_id, u.sentry_id, u.short_id, u.title, u.culprit, u.level, u.status,
      u.substatus, u.first_seen, u.last_seen, u.events, u.users, u.permalink, u.assigned_to::jsonb,
      u.metadata::jsonb, u.read_at, u.tickets::text[]
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::bigint[],
        $13::bigint[], $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::text[])
      as u (project_id, sentry_id, short_id, title, culprit, level, status, substatus, first_seen,
        last_seen, events, users, permalink, assigned_to, metadata, read_at, tickets)
    on conflict on constraint sentry_issues_identity do update set
      sentry_project_id = excluded.sentry_project_id, short_id = excluded.short_id,
      title = excluded.title, culprit = excluded.culprit, level = excluded.level,
      status = excluded.status, substatus = excluded.substatus,
      first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at,
      event_count = excluded.event_count, user_count = excluded.user_count,
      permalink = excluded.permalink, assigned_to = excluded.assigned_to,
      metadata = excluded.metadata, read_at = excluded.read_at,
      ticket_addresses = excluded.ticket_addresses, deleted_at = null, not_visible_since = null,
      merged_into_sentry_id = null, merged_into_short_id = null, updated_at = now()
    where excluded.read_at >= i.read_at
      and (i.sentry_project_id, i.short_id, i.title, i.culprit, i.level, i.status, i.substatus,
           i.first_seen_at, i.last_seen_at, i.event_count, i.user_count, i.permalink,
           i.assigned_to, i.metadata, i.ticket_addresses, i.deleted_at, i.not_visible_since)
        is distinct from
          (excluded.sentry_project_id, excluded.short_id, excluded.title, excluded.culprit,
           excluded.level, excluded.status, excluded.substatus, excluded.first_seen_at,
           excluded.last_seen_at, excluded.event_count, excluded.user_count, excluded.permalink,
           excluded.assigned_to, excluded.metadata, excluded.ticket_addresses, null::timestamptz,
           null::timestamptz)
    """)
  private static let markDeleted: Statement = """
    update sentry_issues set deleted_at = now()
    where sentry_organization_id = $1 and sentry_id = any($2) and deleted_at is null
    """
  private static let compared = Statement(
    """
    select i.sentry_id as identity, i.short_id as key, json_build_object('project', i.sentry_project_id, 'title', i.title, 'culprit', i.culprit, 'level', i.level,
      'status', i.status, 'substatus', i.substatus, 'last_seen_at', i.last_seen_at,
      'event_count', i.event_count, 'user_count', i.user_count, 'assigned_to', i.assigned_to,
      'deleted_at', i.deleted_at)::text as fields,
      \(PlanComparison.isWritten) as is_written
    from sentry_issues i where i.sentry_organization_id = $1 and i.sentry_id = any($2)
    """)
  private static let missing: Statement = """
    select i.sentry_id from sentry_issues i
    where i.sentry_project_id = $1 and i.deleted_at is null and i.created_at < $3
      and not exists (select from unnest($2::bigint[]) as listed (id) where listed.id = i.sentry_id)
    """
  private static let counts: Statement = """
    select count(*) as all_issues, count(*) filter (where status = 'unresolved') as unresolved
    from sentry_issues
    where sentry_project_id = any($1) and last_seen_at >= $2
      and deleted_at is null and not_visible_since is null
    """
  private static let count: Statement = """
    select coalesce(sum(issues), 0)::bigint from sentry_issue_counts where sentry_project_id = $1
    """
  private static let tombstones: Statement = """
    select sentry_id from sentry_issues
    where sentry_organization_id = $1 and sentry_id = any($2) and deleted_at is not null
    """
  private static let places: Statement = """
    select i.sentry_id, p.sentry_id as project
    from sentry_issues i join sentry_projects p on p.id = i.sentry_project_id
    where i.sentry_organization_id = $1 and i.sentry_id = any($2) and i.deleted_at is null
    """
}
