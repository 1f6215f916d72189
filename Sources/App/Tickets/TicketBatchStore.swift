import JobQueue
import Postgres

/// A batch as its job needs it.
struct TicketBatch: Sendable {
  struct Item: Sendable {
    var position: Int
    var sentryIssueID: Int64
    /// Whether a process that stopped had begun with it.
    var wasBegun: Bool
    /// What that process had reserved for it.
    var linkID: Int64?
  }

  var id: Int64
  /// The request's JSON object, as the client sent it.
  var request: [UInt8]
  var createdBy: String
  var requestID: String?
  /// Those without a result.
  var items: [Item]
}

/// What came of one item; all nil while it waits.
struct TicketBatchResult: Sendable {
  var sentryIssueID: Int64
  var linkID: Int64?
  var jiraIssueID: Int64?
  /// The problem document.
  var problem: String?
}

struct TicketBatchStore: Sendable {
  let pool: PostgresPool
  let jobs: JobStore

  /// Stores a batch and the job that works on it.
  func insert(_ request: [UInt8], sentryIssueIDs: [Int64], by principal: String) async throws
    -> Int64
  {
    let requestID = Actor.current.requestID
    return try await pool.change { [jobs] connection in
      let id = try connection.query(
        Self.insert, String(decoding: request, as: UTF8.self), principal, requestID)[0].int64("id")
      _ = try connection.query(Self.insertItems, id, sentryIssueIDs)
      try jobs.enqueue(
        CreateTickets(batchID: id), on: connection,
        options: JobOptions(uniqueKey: "ticket_batch:\(id)"))
      return id
    }
  }

  /// Takes the batch to work; nil when it has ended or is gone.
  func begin(_ id: Int64) async throws -> TicketBatch? {
    try await pool.transaction { connection in
      guard let row = try connection.query(Self.begin, id).first else { return nil }
      return TicketBatch(
        id: id, request: Array(try row.text("request").utf8),
        createdBy: try row.text("created_by"), requestID: try row.textOrNil("request_id"),
        items: try connection.query(Self.unfinished, id).map {
          TicketBatch.Item(
            position: try $0.int("position"), sentryIssueID: try $0.int64("sentry_issue_id"),
            wasBegun: try $0.text("state") == "working", linkID: try $0.int64OrNil("link_id"))
        })
    }
  }

  func noteBegun(_ id: Int64, _ position: Int, link: Int64) async throws {
    _ = try await pool.query(Self.noteBegun, id, Int64(position), link)
  }

  /// - Parameter problem: the problem document; nil when there is a link.
  func noteResult(_ id: Int64, _ position: Int, link: Int64?, problem: String?) async throws {
    _ = try await pool.query(Self.noteResult, id, Int64(position), link, problem)
  }

  /// Ends the batch with the status that its items add up to.
  func finish(_ id: Int64) async throws { _ = try await pool.query(Self.finish, id) }

  /// The batch as JSON, without its results; nil when there is none.
  func find(_ id: Int64) async throws -> [UInt8]? {
    try await pool.read(Self.find, id).first?.json()
  }

  func results(_ id: Int64) async throws -> [TicketBatchResult] {
    try await pool.read(Self.items, id).map {
      TicketBatchResult(
        sentryIssueID: try $0.int64("sentry_issue_id"), linkID: try $0.int64OrNil("link_id"),
        jiraIssueID: try $0.int64OrNil("jira_issue_id"), problem: try $0.textOrNil("problem"))
    }
  }

  private static let insert: Statement = """
    insert into ticket_batches (request, created_by, request_id) values ($1::text::jsonb, $2, $3)
    returning id
    """
  private static let insertItems: Statement = """
    insert into ticket_batch_items (batch_id, position, sentry_issue_id)
    select $1, position, id from unnest($2::bigint[]) with ordinality as wanted (id, position)
    """
  private static let begin: Statement = """
    update ticket_batches set status = 'running' where id = $1 and finished_at is null
    returning request::text as request, created_by, request_id
    """
  private static let unfinished: Statement = """
    select position, sentry_issue_id, state, link_id from ticket_batch_items
    where batch_id = $1 and state <> 'done' order by position
    """
  private static let noteBegun: Statement = """
    update ticket_batch_items set state = 'working', link_id = $3 where batch_id = $1 and position = $2::bigint
    """
  private static let noteResult: Statement = """
    update ticket_batch_items set state = 'done', link_id = $3, problem = $4::text::jsonb
    where batch_id = $1 and position = $2::bigint
    """
  private static let finish: Statement = """
    update ticket_batches batch set finished_at = now(),
      status = case when made = 0 then 'failed' when made = total then 'succeeded'
               else 'partial' end
    from (
      select count(*) as total, count(*) filter (where problem is null) as made
      from ticket_batch_items where batch_id = $1) items
    where batch.id = $1
    """
  private static let find: Statement = """
    select b.id, b.status, b.created_by, b.created_at, b.finished_at,
      (select count(*) from ticket_batch_items i where i.batch_id = b.id) as total,
      (select count(*) from ticket_batch_items i where i.batch_id = b.id and i.state = 'done')
        as done
    from ticket_batches b where b.id = $1
    """
  private static let items: Statement = """
    select i.sentry_issue_id, i.link_id, l.jira_issue_id, i.problem::text as problem
    from ticket_batch_items i left join links l on l.id = i.link_id
    where i.batch_id = $1 order by i.position
    """
}
