/// Gathers what the parallel parts of a run did, stores it now and then, and says when to stop.
actor SyncRecorder {
  /// Progress is stored at most this often.
  static let interval: Duration = .milliseconds(250)

  /// Progress is stored at least this often; a run is taken for dead after twelve of these.
  static let heartbeat: Duration = .seconds(5)

  var progress: SyncProgress
  private(set) var plan = SyncPlan()
  /// What a vendor said last when a project could not be read.
  private(set) var lastFailure: VendorFailure?
  nonisolated let runID: Int64
  let isDryRun: Bool
  /// Deletions that a person has confirmed.
  let confirmed: [HeldDeletion]
  private let runs: SyncRunStore
  private var lastStored = ContinuousClock.now
  private var isCancelled = false

  /// - Parameter earlier: what an earlier try of the run has read; it counts too.
  init(
    runID: Int64, runs: SyncRunStore, after earlier: SyncProgress, isDryRun: Bool = false,
    confirmed: [HeldDeletion] = []
  ) {
    self.runID = runID
    self.runs = runs
    self.isDryRun = isDryRun
    self.confirmed = confirmed
    progress = earlier
  }

  /// Runs `body`, and says meanwhile that the run is alive, even while a vendor makes it wait: soon how much
  /// it has before it, unless it has ended by then.
  ///
  /// - Throws: `SyncCancelled` too, when the run shall stop while it waits.
  nonisolated func beating(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await App.beating(
      every: Self.heartbeat, first: Self.interval, { try await self.flush() }, body)
  }

  /// - Throws: `SyncCancelled` when the run shall stop.
  func begin(projects: Int) async throws {
    progress.total = projects
    try await flushIfDue()
  }

  /// Stores the progress.
  ///
  /// - Throws: `SyncCancelled` when the run shall stop.
  func flush() async throws {
    lastStored = .now
    if try await runs.note(runID, progress) { isCancelled = true }
    if isCancelled { throw SyncCancelled() }
  }

  private func flushIfDue() async throws {
    if ContinuousClock.now - lastStored > Self.interval { try await flush() }
    if isCancelled { throw SyncCancelled() }
  }

  /// - Throws: `SyncCancelled` when the run shall stop.
  func add(_ changes: PageChanges) async throws {
    progress.add(changes)
    plan.add(changes.plan)
    try await flushIfDue()
  }

  /// - Parameter keys: of a dry run: which would be marked as deleted.
  func addDeleted(_ count: Int, keys: [String] = []) {
    progress.issuesDeleted += count
    plan.add(keys.map { SyncPlan.Change(action: "delete", key: $0) })
  }

  func finishProject() {
    progress.projectsSynced += 1
    progress.done += 1
  }

  func note(_ failure: VendorFailure) { lastFailure = failure }

  /// A project that turned out to be gone: nothing is to be read of it.
  func passProject() { progress.done += 1 }

  /// Notes a failure with the vendor's words; of the whole organization when there is no project.
  ///
  /// - Parameter isRefused: whether the vendor refused the credentials.
  func fail(project: String?, _ detail: String, isRefused: Bool = false) {
    progress.add(.init(project: project, detail: detail))
    if isRefused { progress.isRefused = true }
    if project != nil { progress.done += 1 }
  }

  /// Notes an issue that could not be read or stored, while its project was.
  func fail(project: String?, issue: String, _ detail: String) {
    let failure = SyncProgress.Failure(project: project, issue: issue, detail: detail)
    // A list that is read again meets it again.
    guard !progress.failures.contains(failure) else { return }
    progress.add(failure)
  }
}
