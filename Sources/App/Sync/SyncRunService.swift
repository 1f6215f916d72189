import JobQueue
import Logging
import Postgres
import RESTClient

/// Starts sync runs and does them.
package struct SyncRunService: Sendable {
  let runs: SyncRunStore
  let jiraSync: JiraSync
  let sentrySync: SentrySync
  let feed: SyncRunFeed
  let metrics: PrometheusMetrics
  let logger: Logger

  /// Stores a run; a worker of this or another process does it.
  ///
  /// - Throws: a 409 when one is at work for the organization and the request does not force.
  package func start(_ request: SyncRunRequest) async throws -> Int64 {
    try await runs.insert(request, enqueuesJob: true)
  }

  /// Stores a run that the caller performs.
  package func begin(_ request: SyncRunRequest) async throws -> Int64 {
    try await runs.insert(request, enqueuesJob: false)
  }

  /// Does a run that `begin` stored, here.
  package func performHere(_ id: Int64) async throws {
    while true {
      do {
        return try await perform(id)
      } catch is SyncBusy {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Starts what is due: organizations by their schedules, and runs whose process died.
  func startDue() async throws {
    for source in try await runs.due() {
      do {
        _ = try await start(
          SyncRunRequest(
            source: source, full: false, trigger: "schedule", dryRun: false, force: false,
            projectKeys: []))
      } catch let problem as Problem where problem.status == 409 {
        // Somebody was quicker.
        continue
      }
    }
  }

  /// Lets a run that waits for a person go on.
  func confirm(_ id: Int64) async throws { try await runs.confirm(id) }

  /// Asks a run to stop.
  func cancel(_ id: Int64) async throws { try await runs.cancel(id) }

  /// The run as JSON.
  package func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await runs.find(id) else { throw Problem.notFound("sync run \(id)") }
    return json
  }

  /// Does a run, or goes on with one after the last page that an earlier try stored.
  ///
  /// - Throws: `SyncBusy` while another run of the organization is at work.
  func perform(_ id: Int64) async throws {
    guard let run = try await runs.claim(id) else { return }
    let request = run.request
    let start = ContinuousClock.now
    logger.info("sync.started", metadata: ["run.id": "\(id)", "source": "\(request.source.name)"])
    let recorder = SyncRecorder(
      runID: id, runs: runs, after: run.earlier, isDryRun: request.dryRun,
      confirmed: run.confirmed ?? [])
    let tally = RequestTally()
    do {
      if run.isCancelled { throw SyncCancelled() }
      try await working(tally) {
        try await recorder.beating {
          switch request.source {
          case .jira(let organization): try await jiraSync.run(organization, run, recorder)
          case .sentry(let organization): try await sentrySync.run(organization, run, recorder)
          }
        }
      }
    } catch is SyncCancelled {
      try await runs.finish(id, await recorder.progress, status: "cancelled")
      metrics.count(
        "issuebridge_sync_runs_total", [("source", request.source.name), ("status", "cancelled")])
      return
    } catch let error as VendorFailure {
      await recorder.fail(project: nil, error.sentence, isRefused: error.error.status == 401)
    } catch let error as Problem {
      await recorder.fail(project: nil, error.detail)
    } catch {
      if Task.isCancelled || Self.isPassing(error) { throw error }
      logger.error("sync.failed", metadata: ["run.id": "\(id)", "error": "\(error)"])
      await recorder.fail(project: nil, Self.unexpected)
    }
    let progress = await recorder.progress
    let plan = request.dryRun ? await recorder.plan.json(requests: tally.count) : nil
    try await runs.finish(id, progress, status: progress.status, plan: plan)
    note(progress, of: request.source, after: ContinuousClock.now - start)
    logger.info(
      "sync.finished",
      metadata: [
        "run.id": "\(id)", "status": "\(progress.status)", "issues.seen": "\(progress.issuesSeen)",
        "issues.created": "\(progress.issuesCreated)",
        "issues.updated": "\(progress.issuesUpdated)",
      ])
  }
}

extension SyncRunService {
  /// Whether an error is nobody's and will pass, so that the run goes on later where it stopped: the worker ends,
  /// or the database is away.
  static func isPassing(_ error: any Error) -> Bool {
    switch error {
    case is CancellationError: true
    case let error as PostgresError: error.isPassing
    default: false
    }
  }

  static let unexpected =
    "An unexpected error inside IssueBridge stopped the run; the log has the details. What was read before is "
    + "stored, and the next sync reads the rest."

  /// A sync has time to wait for a vendor's limit, and its requests are counted.
  private func working(_ tally: RequestTally, _ body: () async throws -> Void) async throws {
    try await RequestTally.$current.withValue(tally) {
      try await VendorPatience.$current.withValue(.forEachRequest(VendorPatience.background)) {
        try await body()
      }
    }
  }

  private func note(_ progress: SyncProgress, of source: SyncSource, after duration: Duration) {
    let label = ("source", source.name)
    metrics.count("issuebridge_sync_runs_total", [label, ("status", progress.status)])
    metrics.observe(
      "issuebridge_sync_duration_seconds", [label], seconds: duration / .seconds(1))
    for (change, count) in [
      ("created", progress.issuesCreated), ("updated", progress.issuesUpdated),
      ("unchanged", progress.issuesUnchanged), ("deleted", progress.issuesDeleted),
    ] {
      metrics.count(
        "issuebridge_sync_issues_total", [label, ("change", change)], by: Double(count))
    }
  }
}

/// The job that does a stored run.
struct RunSync: JobKind {
  static let kind = "run_sync"

  var runID: Int64

  /// Tries before the run is taken for dead; each goes on where the one before stopped.
  static let maxAttempts = 8

  /// One live job per run.
  static func key(of runID: Int64) -> String { "sync_run:\(runID)" }

  func perform(_ runs: SyncRunService) async throws {
    do {
      try await runs.perform(runID)
    } catch is SyncBusy {
      throw JobInstruction.snooze(for: .seconds(1))
    }
  }
}

/// The job that starts what is due.
struct StartDueSyncs: JobKind {
  static let kind = "start_due_syncs"
  /// How often it looks.
  static let interval: Duration = .seconds(15)
}

/// Thrown while another run of the organization is at work.
struct SyncBusy: Error {}

/// Thrown at a page boundary after somebody asked the run to stop.
struct SyncCancelled: Error {}
