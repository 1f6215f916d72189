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
    let numbers = await parts.numbers(ofIssuesIn: records.map(\.jiraProjectID))
    if Set(numbers).count < 2 {
      return try await turns[numbers.first ?? 0].run {
        try await issues.store(records, of: step, places, dryRun: false)
      }
    }
    let changes = try await withThrowingTaskGroup(of: PageChanges.self) { group in
      for (number, turn) in turns.enumerated() {
        let part = records.indices.filter { numbers[$0] == number }.map { records[$0] }
        group.addTask { try await turn.run { try await issues.storeLazily(part, places) } }
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

  /// - Parameter projects: of each issue.
  /// - Returns: the part of each.
  func numbers(ofIssuesIn projects: [Int64?]) -> [Int] {
    let counts = projects.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let isParted = loads.reduce(projects.count, +) > Self.fewestParted
    // Large ones first, small ones then even it out.
    for (project, count) in counts.sorted(by: { $0.value > $1.value }) {
      let number =
        numbers[project] ?? (isParted ? loads.indices.min { loads[$0] < loads[$1] } ?? 0 : 0)
      numbers[project] = number
      loads[number] += count
    }
    return projects.map { numbers[$0] ?? 0 }
  }
}
