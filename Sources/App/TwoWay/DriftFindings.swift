import RESTClient

/// Gathers what a drift check meets, stores it now and then, and says when to stop.
actor DriftFindings {
  /// Stored at least this often, also while a vendor makes the check wait.
  static let heartbeat: Duration = .seconds(5)
  /// Failures that are told one by one.
  static let mostFailures = 50

  struct Counts: Sendable {
    var links = 0
    var drifted = 0
    var repaired = 0
  }

  private let runID: Int64
  private let store: ReconciliationStore
  private var counts = Counts()
  private var failures: [String] = []
  private var untold = 0
  private var wholePages = 0
  private var isCancelled = false

  init(runID: Int64, store: ReconciliationStore) {
    self.runID = runID
    self.store = store
  }

  /// - Parameter isWhole: whether both vendors could be read.
  func add(links: Int, drifted: Int, isWhole: Bool) {
    counts.links += links
    counts.drifted += drifted
    if isWhole { wholePages += 1 }
  }

  func addRepaired() { counts.repaired += 1 }

  func fail(_ detail: String) {
    guard !failures.contains(detail) else { return }
    if failures.count < Self.mostFailures { failures.append(detail) } else { untold += 1 }
  }

  /// `succeeded`, `partial` or `failed`.
  var status: String {
    guard !failures.isEmpty else { return "succeeded" }
    return wholePages > 0 ? "partial" : "failed"
  }

  var total: Counts { counts }

  /// - Throws: `SyncCancelled` when the check shall stop.
  func flush() async throws {
    let told = failures + (untold > 0 ? ["and \(untold) more"] : [])
    let errors = JSONValue.array(
      told.map { .object(["project": .null, "detail": .string($0)]) })
    if try await store.note(runID, counts, errors: errors) { isCancelled = true }
    if isCancelled { throw SyncCancelled() }
  }
}
