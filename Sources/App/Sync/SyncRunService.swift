import JobQueue
import Logging
import RESTClient

/// Starts sync runs and does them.
package struct SyncRunService: Sendable {
  let runs: SyncRunStore
  let jiraSync: JiraSync
  let sentrySync: SentrySync
  let logger: Logger

  /// Stores a run; a worker of this or another process does it.
  ///
  /// - Throws: a 409 when one is at work for the organization and the request does not force.
  package func start(_ request: SyncRunRequest) async throws -> Int64 {
    try await runs.insert(request, enqueuesJob: true)
  }

  /// Stores a run and does it here.
  package func runHere(
    _ request: SyncRunRequest, onProgress: @escaping @Sendable (SyncProgress) -> Void
  ) async throws -> Int64 {
    let id = try await runs.insert(request, enqueuesJob: false)
    try await perform(id, onProgress: onProgress)
    return id
  }

  /// The run as JSON.
  package func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await runs.find(id) else { throw Problem.notFound("sync run \(id)") }
    return json
  }

  /// Does a run from its beginning. What an earlier try stored is met again as unchanged.
  func perform(_ id: Int64, onProgress: @escaping @Sendable (SyncProgress) -> Void = { _ in })
    async throws
  {
    guard let request = try await runs.claim(id) else { return }
    logger.info("sync.started", metadata: ["run.id": "\(id)", "source": "\(request.source.name)"])
    let recorder = SyncRecorder(runID: id, runs: runs, onProgress: onProgress)
    do {
      switch request.source {
      case .jira(let organization): try await jiraSync.run(organization, request, recorder)
      case .sentry(let organization): try await sentrySync.run(organization, request, recorder)
      }
    } catch is SyncCancelled {
      try await recorder.flush()
      try await runs.finish(id, status: "cancelled")
      return
    } catch let error as VendorFailure {
      await recorder.fail(project: nil, error.sentence)
    } catch let error as Problem {
      await recorder.fail(project: nil, error.detail)
    }
    try await recorder.flush()
    let progress = await recorder.progress
    try await runs.finish(id, status: progress.status)
    logger.info(
      "sync.finished",
      metadata: [
        "run.id": "\(id)", "status": "\(progress.status)", "issues.seen": "\(progress.issuesSeen)",
        "issues.created": "\(progress.issuesCreated)",
        "issues.updated": "\(progress.issuesUpdated)",
      ])
  }
}

/// The job that does a stored run.
struct RunSync: JobKind {
  static let kind = "run_sync"

  var runID: Int64
}

/// Thrown at a page boundary after somebody asked the run to stop.
struct SyncCancelled: Error {}
