/// Stores what changed in many projects on two connections at once. Each takes whole projects, so that
/// neither waits for the other's counts (but where an issue moved between them), and goes on with the next
/// batch while the other is still at work.
struct ChangedIssues: Sendable {
  /// Batches given to `store` at the same time, so that neither connection waits for the next one.
  static let batches = 2

  let issues: JiraIssueStore
  let readings: SyncReadingStore
  let places: JiraPlaces
  /// Told of each issue that cannot be stored, and why.
  let refuse: @Sendable (JiraIssueRecord, String) async throws -> Void
  private let parts = ChangeParts()
  private let turns = (0..<ChangeParts.count).map { _ in Slots(1) }
  private let steps = StepsInOrder()

  init(
    issues: JiraIssueStore, readings: SyncReadingStore, places: JiraPlaces,
    refuse: @escaping @Sendable (JiraIssueRecord, String) async throws -> Void = { _, _ in }
  ) {
    self.refuse = refuse
    self.issues = issues
    self.readings = readings
    self.places = places
  }

  /// Noted after both parts and all batches before are stored: where a crash or a failure comes between, it
  /// is read again, and what was stored counts as unchanged.
  ///
  /// - Parameter number: of the batch, in the list's order.
  func store(_ records: [JiraIssueRecord], of step: SyncReading.Step, _ number: Int) async throws
    -> PageChanges
  {
    let numbers = await parts.numbers(ofIssuesIn: records.map(\.jiraProjectID))
    let changes = try await withThrowingTaskGroup(of: PageChanges.self) { group in
      for (number, turn) in turns.enumerated() {
        let part = records.indices.filter { numbers[$0] == number }.map { records[$0] }
        guard !part.isEmpty else { continue }
        group.addTask {
          try await turn.run {
            try await storingApart(part, refuse: refuse) {
              try await issues.storeLazily($0, places)
            }
          }
        }
      }
      return try await group.reduce(PageChanges(), +)
    }
    if let (step, changes) = await steps.finish(number, step, changes) {
      try await readings.note(step, changes)
    }
    return changes
  }
}

/// Keeps what was stored too early until all before it is stored: a reading that is taken up again goes on
/// where its note says.
actor StepsInOrder {
  private var next = 0
  private var early: [Int: (step: SyncReading.Step, changes: PageChanges)] = [:]

  /// - Returns: what may be noted now, as one step; nil while one before it is missing.
  func finish(_ number: Int, _ step: SyncReading.Step, _ changes: PageChanges) -> (
    step: SyncReading.Step, changes: PageChanges
  )? {
    early[number] = (step, changes)
    guard var ready = early.removeValue(forKey: next) else { return nil }
    next += 1
    while let later = early.removeValue(forKey: next) {
      next += 1
      let pages = ready.step.pages
      ready.step = later.step
      ready.step.pages += pages
      ready.changes = ready.changes + later.changes
    }
    return ready
  }
}

/// Parts issues by their projects. Once there are many, a project stays in the part to which it came first.
actor ChangeParts {
  static let count = 2
  /// Issues up to which one part takes all: two transactions cost more than one.
  static let fewestParted = 50

  private var numbers: [Int64?: Int] = [:]
  private var loads = Array(repeating: 0, count: count)

  /// - Parameter projects: of each issue.
  /// - Returns: the part of each.
  func numbers(ofIssuesIn projects: [Int64?]) -> [Int] {
    guard loads.reduce(projects.count, +) > Self.fewestParted else {
      loads[0] += projects.count
      return projects.map { _ in 0 }
    }
    let counts = projects.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    // Large ones first, small ones then even it out.
    for (project, count) in counts.sorted(by: { $0.value > $1.value }) {
      let number = numbers[project] ?? loads.indices.min { loads[$0] < loads[$1] } ?? 0
      numbers[project] = number
      loads[number] += count
    }
    return projects.map { numbers[$0] ?? 0 }
  }
}
