import JobQueue
import Postgres

/// Finds links that people or other tools made before: addresses of Sentry issues in the descriptions
/// of Jira tickets. What is found becomes an `imported` link that agrees on both sides as they are, so
/// that nothing moves until something changes.
struct LinkDiscoveryStore: Sendable {
  let pool: PostgresPool

  /// Looks at tickets that were stored since the last look.
  ///
  /// - Returns: how many links were found.
  @discardableResult
  func discover() async throws -> Int {
    try await pool.change { connection in
      let found = try connection.query(Self.discover).affected
      _ = try connection.query(Self.noteLooked)
      return found
    }
  }

  /// The host must be that of the issue's own address: others number issues too.
  private static let discover: Statement = """
    with looked as (
      select coalesce((select next_run_at from job_schedules where name = 'discovered_links'),
        '-infinity') as until),
    mentioned as (
      select j.id as jira_issue_id, j.jira_project_id, j.status, j.status_category, j.resolution,
        mention[1] as host, mention[2] as sentry_id
      from looked, jira_issues j
        cross join lateral regexp_matches(
          j.description, 'https?://([^/[:space:]]+)/[^[:space:]]*issues/([0-9]{1,18})', 'g')
          as mention
      where j.updated_at >= looked.until - interval '1 minute' and j.deleted_at is null
        and j.description like '%/issues/%'),
    made as (
      insert into links (sentry_issue_id, jira_issue_id, jira_project_id, link_type, state,
        created_by, creation_notes, agreed_sentry_status, agreed_jira_status,
        agreed_jira_category, agreed_jira_resolution)
      select distinct s.id, m.jira_issue_id, m.jira_project_id, 'imported', 'active', 'discovery',
        'The ticket''s description names the Sentry issue.', s.status, m.status,
        m.status_category, m.resolution
      from mentioned m join sentry_issues s
        on s.sentry_id = m.sentry_id::bigint and s.deleted_at is null
          and s.sentry_organization_id = any (array(select id from sentry_organizations))
          and split_part(s.permalink, '/', 3) = m.host
      where not exists (select from links l
                        where l.sentry_issue_id = s.id and l.jira_issue_id = m.jira_issue_id)
        and not exists (select from links l where l.sentry_issue_id = s.id
                          and l.jira_project_id = m.jira_project_id and l.state = 'pending')
      on conflict do nothing
      returning id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, 'discovery', 'import', 'The ticket''s description names the Sentry issue.', 'applied'
    from made
    """
  private static let noteLooked: Statement = """
    insert into job_schedules (name, next_run_at) values ('discovered_links', now())
    on conflict (name) do update set next_run_at = excluded.next_run_at
    """
}

/// The job that looks for links made before.
struct DiscoverLinks: JobKind {
  static let kind = "discover_links"

  func perform(_ services: Services) async throws {
    try await Actor.$current.withValue(Actor(name: "discovery", cause: .schedule)) {
      _ = try await services.linkDiscovery.discover()
    }
  }
}
