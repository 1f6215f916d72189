import Postgres

/// How far a ticket of ours has come between its creation and its link.
extension LinkStore {
  /// This installation's id.
  func installation() async throws -> String {
    guard let row = try await pool.read(Self.installation).first else { return "" }
    return try row.text(0)
  }

  /// The number that the next ticket of a Sentry issue gets.
  func nextOrdinal(sentryIssue id: Int64) async throws -> Int {
    try await pool.read(Self.nextOrdinal, id)[0].int(0)
  }

  /// Records what Jira answered to the creation of a ticket.
  func noteCreated(_ tickets: [(link: Int64, id: Int64, key: String)]) async throws {
    guard !tickets.isEmpty else { return }
    _ = try await pool.query(
      Self.noteCreated, tickets.map(\.link), tickets.map(\.id), tickets.map(\.key))
  }

  func noteRemoteLink(_ id: Int64, globalID: String) async throws {
    _ = try await pool.query(Self.noteRemoteLink, id, globalID)
  }

  func noteMarker(_ ids: [Int64], _ state: TicketMarkerState) async throws {
    _ = try await pool.query(Self.noteMarker, ids, state.rawValue)
  }

  /// Records that Jira refused the property of a ticket, so that it is found by its label alone.
  func noteWithoutProperty(_ id: Int64) async throws {
    _ = try await pool.query(Self.noteWithoutProperty, id)
  }

  func noteExternalIssue(_ id: Int64, _ externalID: String?) async throws {
    _ = try await pool.query(Self.noteExternalIssue, id, externalID)
  }

  /// Whether Sentry shows another ticket of the same issue, whose place this one must not take. The
  /// ticket that this one continues gives its place up.
  func anotherIsShown(besides id: Int64) async throws -> Bool {
    try await pool.query(Self.anotherIsShown, id)[0].bool(0)
  }

  private static let installation: Statement = "select id::text from installation"
  private static let nextOrdinal: Statement = """
    select coalesce((select last_ordinal from ticket_ordinals where sentry_issue_id = $1), 0) + 1
    """
  private static let noteCreated: Statement = """
    update links l set created_ticket_id = t.id, created_ticket_key = t.key
    from unnest($1::bigint[], $2::bigint[], $3::text[]) as t (link_id, id, key)
    where l.id = t.link_id
    """
  private static let noteRemoteLink: Statement =
    "update links set remote_link_at = now(), global_id = $2 where id = $1"
  private static let noteMarker: Statement =
    "update links set marker_state = $2 where id = any($1)"
  private static let noteWithoutProperty: Statement =
    "update links set has_property = false where id = $1"
  private static let noteExternalIssue: Statement =
    "update links set external_issue_id = $2 where id = $1"
  private static let anotherIsShown: Statement = """
    select exists (
      select from links l join links o on o.sentry_issue_id = l.sentry_issue_id and o.id <> l.id
      where l.id = $1 and o.state = 'active' and o.external_issue_id is not null
        and o.id is distinct from l.continues_link_id)
    """
}
