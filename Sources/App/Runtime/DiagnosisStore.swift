import Postgres

/// What `doctor` found, and what to do.
package struct Finding: Sendable {
  package var isWell: Bool
  package var subject: String
  package var sentence: String
}

/// Looks for what waits for a person.
package struct DiagnosisStore: Sendable {
  let pool: PostgresPool

  package func findings() async throws -> [Finding] {
    let row = try await pool.read(Self.counts)[0]
    let failed = try row.int("failed_syncs")
    let waiting = try row.int("waiting_links")
    let broken = try row.int("broken_links")
    let proposed = try row.int("proposed_links")
    let dead = try row.int("dead_jobs")
    let unassigned = try row.int("unassigned")
    return [
      Finding(
        isWell: failed == 0, subject: "syncs",
        sentence: failed == 0
          ? "no organization's last sync failed"
          : "the last sync of \(failed) organizations failed; see GET /api/v1/sync-runs?status=failed"
      ),
      Finding(
        isWell: waiting + broken == 0, subject: "links",
        sentence: waiting + broken == 0
          ? "none waits for a person"
          : "\(waiting) wait for a person and \(broken) are broken; see GET /api/v1/links?state=pending"
            + " and state=broken"),
      Finding(
        isWell: true, subject: "proposed links",
        sentence: proposed == 0
          ? "none to review"
          : "\(proposed) to review; see GET /api/v1/links?state=proposed and POST"
            + " /api/v1/link-decisions"),
      Finding(
        isWell: dead == 0, subject: "jobs",
        sentence: dead == 0 ? "none was given up" : "\(dead) were given up"),
      Finding(
        isWell: true, subject: "products",
        sentence: unassigned == 0
          ? "every project has a product"
          : "\(unassigned) projects have no product yet; see POST /api/v1/project-assignments"),
    ]
  }

  private static let counts: Statement = """
    select
      (select count(*) from (
         select distinct on (source, jira_organization_id, sentry_organization_id) status
         from sync_runs where finished_at is not null
         order by source, jira_organization_id, sentry_organization_id, id desc) last
       where status = 'failed') as failed_syncs,
      (select count(*) from links where state = 'pending' and last_error is not null)
        as waiting_links,
      (select count(*) from links where state = 'broken') as broken_links,
      (select count(*) from links where state = 'proposed') as proposed_links,
      (select count(*) from jobs where state = 'discarded') as dead_jobs,
      (select count(*) from jira_projects where product_id is null)
        + (select count(*) from sentry_projects where product_id is null) as unassigned
    """
}
