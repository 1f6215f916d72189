/// Stores what changed in many projects on two connections at once. Each takes whole projects, so that
/// neither waits for the other's counts, and goes on with the next batch while the other is still at work.
struct ChangedIssues: Sendable {
  /// Batches given to `store` at the same time, so that neither connection waits for the next one.
  static let batches = 2

  let issues: JiraIssueStore
  let readings: SyncReadingStore
  let places: JiraPlaces
  private let parts = ChangeParts()
  private let turns = (0..<ChangeParts.count).map { _ in Slots(1) }

  init(issues: JiraIssueStore, readings: SyncReadingStore, places: JiraPlaces) {
    self.issues = issues
    self.readings = readings
    self.places = places
  }

  /// Noted after both parts are stored: where a crash or a failure comes between, it is read again, and
  /// what was stored counts as unchanged. The same holds for notes that come in another order.
  func store(_ records: [JiraIssueRecord], of step: SyncReading.Step) async throws -> PageChanges {
    let parts = await parts.of(records)
    if parts.count == 1 {
      return try await turns[parts[0].number].run {
        try await issues.store(records, of: step, places, dryRun: false)
      }
    }
    let changes = try await withThrowingTaskGroup(of: PageChanges.self) { group in
      for part in parts {
        group.addTask {
          try await turns[part.number].run {
            try await issues.storeLazily(part.records, places)
          }
        }
      }
      return try await group.reduce(PageChanges(), +)
    }
    try await readings.note(step, changes)
    return changes
  }
}

/// Parts issues by their projects. A project stays in the part to which it came first.
actor ChangeParts {
  static let count = 2
  /// Issues up to which one part takes all: two transactions cost more than one.
  static let fewestParted = 50

  private var numbers: [Int64?: Int] = [:]
  private var loads = Array(repeating: 0, count: count)

  /// - Returns: the parts that have any; the first, empty, where there are none at all.
  func of(_ records: [JiraIssueRecord]) -> [(number: Int, records: [JiraIssueRecord])] {
    let projects = Dictionary(grouping: records, by: \.jiraProjectID)
    let isParted = loads.reduce(records.count, +) > Self.fewestParted
    var parts: [[JiraIssueRecord]] = Array(repeating: [], count: Self.count)
    // Large ones first, small ones then even it out.
    for (id, issues) in projects.sorted(by: { $0.value.count > $1.value.count }) {
      let number = numbers[id] ?? (isParted ? loads.indices.min { loads[$0] < loads[$1] } ?? 0 : 0)
      numbers[id] = number
      loads[number] += issues.count
      parts[number] += issues
    }
    let filled = parts.indices.filter { !parts[$0].isEmpty }
    return (filled.isEmpty ? [0] : filled).map { ($0, parts[$0]) }
  }
}
