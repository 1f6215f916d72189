import Postgres

/// What an assignment changed.
struct AssignmentResult: Sendable, Equatable {
  var assigned = 0
  var moved = 0
  var kept = 0
  var unassigned = 0
  var missingJiraProjects: [Int64] = []
  var missingSentryProjects: [Int64] = []
}

struct ProjectAssignment: Sendable {
  /// nil clears.
  var productID: Int64?
  var jiraProjectIDs: [Int64]
  var sentryProjectIDs: [Int64]
  /// Whether a project of another product is taken from it, or left there.
  var moves: Bool
}

struct ProjectAssignmentStore: Sendable {
  let pool: PostgresPool

  /// Assigns all projects in one transaction.
  func assign(_ assignment: ProjectAssignment) async throws -> AssignmentResult {
    try await pool.change { connection in
      if let id = assignment.productID, try connection.query(Self.lockProduct, id).isEmpty {
        throw Problem.invalid("/product_id", "There is no product \(id).")
      }
      var result = AssignmentResult()
      result.missingJiraProjects = try Self.apply(
        Self.assignJira, assignment.jiraProjectIDs, assignment, connection, &result)
      result.missingSentryProjects = try Self.apply(
        Self.assignSentry, assignment.sentryProjectIDs, assignment, connection, &result)
      return result
    }
  }

  private static func apply(
    _ statement: Statement, _ ids: [Int64], _ assignment: ProjectAssignment,
    _ connection: Connection, _ result: inout AssignmentResult
  ) throws -> [Int64] {
    let row = try connection.query(statement, ids, assignment.productID, assignment.moves)[0]
    result.assigned += try row.int("assigned")
    result.moved += try row.int("moved")
    result.kept += try row.int("kept")
    result.unassigned += try row.int("unassigned")
    return try row.int64Array("missing")
  }

  private static let lockProduct: Statement = "select id from products where id = $1 for share"
  private static let assignJira = assign(table: "jira_projects")
  private static let assignSentry = assign(table: "sentry_projects")

  private static func assign(table: String) -> Statement {
    Statement(
      """
      with wanted as (select distinct unnest($1::bigint[]) as id),
      before as (
        select project.id, project.product_id
        from \(table) project join wanted using (id) order by project.id for update of project
      ),
      changed as (
        update \(table) project set product_id = $2::bigint
        from before
        where project.id = before.id and before.product_id is distinct from $2::bigint
          and ($3::boolean or before.product_id is null)
        returning project.id
      ),
      outcome as (
        select before.product_id, changed.id is not null as done
        from before left join changed using (id)
      )
      select
        count(*) filter (where done and product_id is null) as assigned,
        count(*) filter (where done and product_id is not null and $2::bigint is not null) as moved,
        count(*) filter (where not done) as kept,
        count(*) filter (where done and product_id is not null and $2::bigint is null) as unassigned,
        array(select id from wanted except select id from before order by 1) as missing
      from outcome
      """)
  }
}
