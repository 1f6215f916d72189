/// A step of a workflow as Jira offered it once.
struct WorkflowStep: Sendable, Equatable, Codable {
  /// A status.
  struct Place: Sendable, Equatable, Codable {
    var id: String
    var name: String
    /// `new`, `indeterminate` or `done`; Jira also knows `undefined`.
    var category: String

    var isDone: Bool { category == "done" }
  }

  /// Of the transition.
  var id: String
  var name: String
  var to: Place
  /// Names, by their keys, of the fields it requires and for which there is no one right answer.
  var asks: [String: String] = [:]
}

/// What is known of the workflow of a project's issues of one type. Jira tells only which steps lead
/// from where an issue is now; the rest was seen at other times or at other issues. Pure.
struct WorkflowGraph: Sendable, Equatable {
  /// By the id of the status they lead from; a status that is missing was never looked at.
  private(set) var steps: [String: [WorkflowStep]] = [:]

  mutating func learn(_ status: String, _ offered: [WorkflowStep]) { steps[status] = offered }

  /// Takes a field for answered that steps ask for.
  mutating func answer(_ field: String) {
    steps = steps.mapValues {
      $0.map { step in
        var step = step
        step.asks[field] = nil
        return step
      }
    }
  }

  /// The shortest way to where a ticket should go, through no completed status on its way to another.
  ///
  /// - Parameters:
  ///   - passed: statuses that must not be entered again.
  ///   - asking: whether it may lead over steps that ask for what nobody can guess.
  /// - Returns: nil when no way is known.
  func route(
    from start: WorkflowStep.Place, to target: StatusMapping.JiraTarget, passed: Set<String>,
    asking: Bool
  ) -> [WorkflowStep]? {
    var found: [[WorkflowStep]] = []
    walk(from: start, passed: passed, asking: asking) { path, end in
      if let first = found.first, path.count > first.count { return false }
      if target.isMet(end) { found.append(path) }
      return true
    }
    // Work that is to be done again has not begun.
    return found.first { target == .open && $0.last?.to.category == "new" } ?? found.first
  }

  /// Ways to statuses that were never looked at and could lead on: the nearest first, and of those as
  /// near the ones that are under way.
  func frontier(
    from start: WorkflowStep.Place, to target: StatusMapping.JiraTarget, passed: Set<String>
  ) -> [[WorkflowStep]] {
    var ways: [[WorkflowStep]] = []
    walk(from: start, passed: passed, asking: false) { path, end in
      // Towards done nobody begins anew what is under way.
      let isBack =
        target == .category("done") && start.category == "indeterminate" && end.category == "new"
      if steps[end.id] == nil, !end.isDone, !isBack { ways.append(path) }
      return true
    }
    func rank(_ way: [WorkflowStep]) -> Int {
      2 * way.count + (way.last?.to.category == "indeterminate" ? 0 : 1)
    }
    return ways.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }.map(\.element)
  }

  /// Walks over what is known, breadth first, to each status once; a completed one leads no further.
  ///
  /// - Parameter visit: given the way to a status, and the status; ends the walk by false.
  private func walk(
    from start: WorkflowStep.Place, passed: Set<String>, asking: Bool,
    _ visit: ([WorkflowStep], WorkflowStep.Place) -> Bool
  ) {
    var seen = passed.union([start.id])
    var paths: [[WorkflowStep]] = [[]]
    while !paths.isEmpty {
      var longer: [[WorkflowStep]] = []
      for path in paths {
        let offered = steps[path.last?.to.id ?? start.id] ?? []
        let free = offered.filter(\.asks.isEmpty)
        for step in asking ? free + offered.filter({ !$0.asks.isEmpty }) : free
        where seen.insert(step.to.id).inserted {
          guard visit(path + [step], step.to) else { return }
          if !step.to.isDone { longer.append(path + [step]) }
        }
      }
      paths = longer
    }
  }
}

extension StatusMapping.JiraTarget {
  func isMet(_ place: WorkflowStep.Place) -> Bool {
    isMet(status: place.name, id: place.id, category: place.category)
  }
}
