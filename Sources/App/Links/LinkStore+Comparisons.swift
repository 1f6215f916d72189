import Postgres

/// The comparison of a link's sides: who may do it, what came of it, and the timeline.
extension LinkStore {
  /// Takes the right to move a link's sides. It ends by `noteSync`, `endHold`, or by itself when its
  /// holder died.
  ///
  /// - Returns: false while somebody else has it.
  func hold(_ id: Int64) async throws -> Bool { try await pool.query(Self.hold, id).affected == 1 }

  func endHold(_ id: Int64) async throws { _ = try await pool.query(Self.endHold, id) }

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

  /// Notes the outcome of a comparison: the link, its timeline and both copies in one transaction.
  /// The link goes first: what both sides agree on by then is no change to the copies' triggers.
  func noteSync(
    _ id: Int64, _ outcome: LinkSyncOutcome,
    sentry: (record: SentryIssueRecord, project: StoredSentryProject)?,
    jira: (record: JiraIssueRecord, project: StoredJiraProject)?
  ) async throws {
    try await pool.transaction { connection in
      let agreed = outcome.agreed
      _ = try connection.query(
        Self.noteSync, id, agreed.sentryStatus, agreed.jiraCategory, agreed.jiraStatus,
        agreed.jiraResolution, outcome.movedJira, outcome.movedSentry, outcome.error)
      _ = try connection.query(
        Self.insertEvent, id, outcome.cause, outcome.decision, outcome.reason, outcome.request,
        outcome.verdict, outcome.error)
      if let sentry, sentry.record.isLive {
        _ = try SentryIssueStore.upsert([sentry.record], project: sentry.project, on: connection)
      }
      if let jira {
        _ = try JiraIssueStore.upsert([jira.record], project: jira.project, on: connection)
      }
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
  private static let hold: Statement = """
    update links set syncing_until = now() + interval '90 seconds'
    where id = $1 and (syncing_until is null or syncing_until < now())
    """
  private static let endHold: Statement = "update links set syncing_until = null where id = $1"
  /// A link whose sides were both read is not broken any more.
  private static let noteSync: Statement = """
    update links set syncing_until = null,
      state = case when state = 'broken' and $8::text is null then 'active' else state end,
      agreed_sentry_status = coalesce($2, agreed_sentry_status),
      agreed_jira_category = coalesce($3, agreed_jira_category),
      agreed_jira_status = coalesce($4, agreed_jira_status),
      agreed_jira_resolution = case when $4::text is null then agreed_jira_resolution else $5 end,
      last_synced_sentry_to_jira_at =
        case when $6 then now() else last_synced_sentry_to_jira_at end,
      last_synced_jira_to_sentry_at =
        case when $7 then now() else last_synced_jira_to_sentry_at end,
      last_error = $8
    where id = $1
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
