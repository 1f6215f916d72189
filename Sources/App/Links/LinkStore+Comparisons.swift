import Foundation
import Postgres

/// What came of the comparison of one link.
struct LinkNote: Sendable {
  /// As it was compared.
  var link: Link
  var outcome: LinkSyncOutcome

  var linkID: Int64 { link.id }
}

/// What a comparison leaves behind, in one transaction.
struct ComparisonRecord: Sendable {
  var notes: [LinkNote]
  /// The issues as Sentry states them now.
  var sentry: [(record: SentryIssueRecord, project: StoredSentryProject)] = []
  var jira: (record: JiraIssueRecord, project: StoredJiraProject)?
  /// Our ids of the issues whose status we changed, with their status now.
  var changedIssues: [Int64: String] = [:]
  /// The same in our copies, for issues that were changed together with others.
  var changedCopies: [(id: Int64, status: String, substatus: String?, readAt: Date)] = []
  /// The ticket that we moved.
  var movedTicket: (id: Int64, status: String, category: String)?
  /// Links that were held for it.
  var held: [Int64]
}

/// The comparison of a link's sides: what came of it, and the timeline.
extension LinkStore {
  func noteError(_ id: Int64, _ error: String) async throws {
    _ = try await pool.query(Self.noteError, id, error)
  }

  func markBroken(_ id: Int64, _ reason: String) async throws {
    try await pool.transaction { connection in
      guard try connection.query(Self.markBroken, id, reason).affected == 1 else { return }
      _ = try connection.query(
        Self.insertEvent, id, "comparison", "break", reason, nil, "applied", nil)
    }
  }

  /// Records the outcome of a comparison: links, timelines and both copies in one transaction. The links
  /// go first: what both sides agree on by then is no change to the copies' triggers. Other links of what
  /// we moved agree on it as well: that was our decision for this link, not a person's.
  func note(_ comparison: ComparisonRecord) async throws {
    try await pool.transaction { connection in
      for note in comparison.notes.sorted(by: { $0.linkID < $1.linkID }) {
        var outcome = note.outcome
        // Somebody switched a direction in between: then nothing is agreed on, and both sides are compared
        // again.
        if try connection.query(
          Self.lockUnchanged, note.linkID, note.link.syncsSentryToJira, note.link.syncsJiraToSentry
        ).isEmpty {
          (outcome.agreed, outcome.leavesJiraStatusOpen) = (LinkAgreement(), false)
        }
        let agreed = outcome.agreed
        _ = try connection.query(
          Self.noteSync, note.linkID, agreed.sentryStatus, agreed.jiraCategory, agreed.jiraStatus,
          agreed.jiraResolution, outcome.movedJira, outcome.movedSentry, outcome.error,
          outcome.leavesJiraStatusOpen, agreed.jiraStatusID)
        _ = try connection.query(
          Self.insertEvent, note.linkID, outcome.cause, outcome.decision, outcome.reason,
          outcome.request, outcome.verdict, outcome.error)
      }
      let own = comparison.notes.map(\.linkID)
      let cause = comparison.notes.first.map { "link \($0.linkID)" } ?? ""
      if let moved = comparison.movedTicket {
        _ = try connection.query(
          Self.followMovedTicket, moved.id, own, moved.category, cause,
          "The ticket became \(moved.status) because of \(cause). That is not a person's decision, so the "
            + "Sentry issue of this link stays as it is.")
      }
      for (issue, status) in comparison.changedIssues.sorted(by: { $0.key < $1.key }) {
        _ = try connection.query(
          Self.followChangedIssue, issue, own, status, cause,
          "The Sentry issue became \(status) because of \(cause). That is not a person's decision, so the "
            + "ticket of this link stays as it is.")
      }
      for copy in comparison.changedCopies {
        _ = try connection.query(
          Self.changeCopy, copy.id, copy.status, copy.substatus, copy.readAt)
      }
      for (record, project) in comparison.sentry where record.isLive {
        _ = try SentryIssueStore.upsert([record], project: project, on: connection)
      }
      if let jira = comparison.jira {
        _ = try JiraIssueStore.upsert([jira.record], project: jira.project, on: connection)
      }
      _ = try connection.query(Self.release, comparison.held)
    }
  }

  /// Writes one event of the timeline.
  func noteEvent(
    _ id: Int64, cause: String, decision: String, reason: String, request: String?,
    outcome: String
  ) async throws {
    _ = try await pool.query(
      Self.insertEvent, id, cause, decision, reason, request, outcome, nil)
  }

  static let eventSorts = [SortField("id", "e.id", "bigint")]

  /// The timeline of a link.
  func events(of id: Int64, _ page: PageRequest, outcome: String?) async throws -> Page {
    var query = ListQuery(select: Self.eventList, idExpression: "e.id")
    query.filter("e.link_id = $?", id)
    query.filter("e.outcome = $?", outcome)
    return try await query.run(on: pool, page: page)
  }

  private static let noteError: Statement = "update links set last_error = $2 where id = $1"
  private static let markBroken: Statement = """
    update links set state = 'broken', last_error = $2, syncing_until = null
    where id = $1 and state <> 'broken'
    """
  private static let release: Statement =
    "update links set syncing_until = null where id = any($1) and syncing_until is not null"
  private static let lockUnchanged: Statement = """
    select id from links
    where id = $1 and sync_sentry_to_jira = $2 and sync_jira_to_sentry = $3 for update
    """
  /// A link whose sides were both read is not broken any more.
  private static let noteSync: Statement = """
    update links set syncing_until = null,
      state = case when state = 'broken' and $8::text is null then 'active' else state end,
      initial_sync = case when $8::text is null then null else initial_sync end,
      agreed_sentry_status = coalesce($2, agreed_sentry_status),
      agreed_jira_category = coalesce($3, agreed_jira_category),
      agreed_jira_status = case when $9 then null else coalesce($4, agreed_jira_status) end,
      agreed_jira_status_id =
        case when $9 then null when $4::text is null then agreed_jira_status_id else $10 end,
      agreed_jira_resolution = case when $9 then null when $4::text is null then agreed_jira_resolution
        else $5 end,
      last_synced_sentry_to_jira_at =
        case when $6 then now() else last_synced_sentry_to_jira_at end,
      last_synced_jira_to_sentry_at =
        case when $7 then now() else last_synced_jira_to_sentry_at end,
      last_error = $8
    where id = $1
    """
  private static let followMovedTicket: Statement = """
    with followed as (
      update links set agreed_jira_category = $3, agreed_jira_status = null,
        agreed_jira_status_id = null,
        agreed_jira_resolution = null
      where jira_issue_id = $1 and state = 'active' and id <> all($2) and agreed_jira_category is not null
      returning id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, $4, 'nothing', $5, 'nothing' from followed
    """
  private static let followChangedIssue: Statement = """
    with followed as (
      update links set agreed_sentry_status = $3
      where sentry_issue_id = $1 and state = 'active' and id <> all($2)
        and agreed_sentry_status is not null
      returning id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, $4, 'nothing', $5, 'nothing' from followed
    """
  private static let changeCopy: Statement = """
    update sentry_issues set status = $2, substatus = $3, read_at = $4, updated_at = now()
    where id = $1 and read_at <= $4
    """
  private static let eventList = """
    select /*sort*/e.id, e.occurred_at, e.cause, e.decision, e.reason, e.request, e.outcome, e.error
    from link_events e
    """
  private static let insertEvent: Statement = """
    insert into link_events (link_id, cause, decision, reason, request, outcome, error)
    values ($1, $2, $3, $4, $5::text::jsonb, $6, $7)
    """
}
