import JobQueue
import Postgres

/// The queue's rows as the API shows them.
struct JobListStore: Sendable {
  let pool: PostgresPool
  let jobs: JobStore

  static let sorts = [SortField("id", "j.id", "bigint")]
  static let states = Job.State.allCases.map(\.rawValue)

  func page(_ page: PageRequest, state: String?, kind: String?) async throws -> Page {
    var query = ListQuery(select: Self.list, idExpression: "j.id")
    query.filter("j.state = $?", state)
    query.filter("j.kind = $?", kind)
    return try await query.run(on: pool, page: page)
  }

  /// The job as JSON, or nil.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  /// A waiting job is cancelled at once, a running one at its worker's next heartbeat.
  ///
  /// - Throws: a 404; a 409 when it has ended.
  func cancel(_ id: Int64, _ precondition: Precondition) async throws {
    try await pool.change { [jobs] connection in
      try connection.require(precondition, Self.lockedFind, id)
      guard try !jobs.cancel(id, on: connection) else { return }
      throw try Self.refusal(id, connection) { "Job \(id) has ended already: it is \($0)." }
    }
  }

  /// Makes a job that waits or has ended run now, with at least one more attempt.
  ///
  /// - Throws: a 404; a 409 when it runs or is about to.
  func retry(_ id: Int64) async throws {
    try await pool.change { [jobs] connection in
      guard try !jobs.retry(id, on: connection) else { return }
      throw try Self.refusal(id, connection) { "Job \(id) is \($0): it needs no retry." }
    }
  }

  private static func refusal(
    _ id: Int64, _ connection: Connection, _ sentence: (String) -> String
  ) throws -> Problem {
    guard let row = try connection.query(state, id).first else { return .notFound("job \(id)") }
    return .conflict("job-state", sentence(try row.text(0)))
  }

  private static let columns = """
    j.id, j.kind, j.arguments, j.state, j.priority, j.attempt as attempts, j.max_attempts,
    case when j.state in ('available', 'scheduled', 'retryable') then j.scheduled_at end
      as next_run_at,
    j.attempted_at, j.finalized_at, j.cancel_requested_at is not null as cancel_requested,
    j.unique_key, j.errors, j.created_at
    """
  private static let list = "select /*sort*/\(columns) from jobs j"
  private static let find = Statement("select \(columns) from jobs j where j.id = $1")
  private static let lockedFind = Statement(find.sql + " for update of j")
  private static let state: Statement = "select state from jobs where id = $1"
}
