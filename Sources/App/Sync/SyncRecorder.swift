/// Gathers what the parallel parts of a run did, stores it now and then, and says when to stop.
actor SyncRecorder {
  /// Progress is stored at most this often.
  static let interval: Duration = .milliseconds(250)

  private(set) var progress = SyncProgress()
  private let runID: Int64
  private let runs: SyncRunStore
  private let onProgress: @Sendable (SyncProgress) -> Void
  private var lastStored = ContinuousClock.now
  private var isCancelled = false

  init(
    runID: Int64, runs: SyncRunStore, onProgress: @escaping @Sendable (SyncProgress) -> Void
  ) {
    self.runID = runID
    self.runs = runs
    self.onProgress = onProgress
  }

  func begin(projects: Int) async throws {
    progress.total = projects
    try await flush()
    if isCancelled { throw SyncCancelled() }
  }

  /// - Throws: `SyncCancelled` when the run shall stop.
  func add(_ changes: PageChanges) async throws {
    progress.add(changes)
    onProgress(progress)
    if ContinuousClock.now - lastStored > Self.interval { try await flush() }
    if isCancelled { throw SyncCancelled() }
  }

  func addDeleted(_ count: Int) { progress.issuesDeleted += count }

  func finishProject() {
    progress.projectsSynced += 1
    progress.done += 1
    onProgress(progress)
  }

  /// Notes a failure with the vendor's words; of the whole organization when there is no project.
  func fail(project: String?, _ detail: String) {
    progress.failures.append(.init(project: project, detail: detail))
    if project != nil { progress.done += 1 }
    onProgress(progress)
  }

  func flush() async throws {
    lastStored = .now
    if try await runs.note(runID, progress) { isCancelled = true }
  }
}
