import JiraClient
import RESTClient

/// A ticket on its way through its workflow: where it stands, what it passed, what is known. Pure.
struct TicketWalk: Sendable {
  let key: String
  let target: StatusMapping.JiraTarget
  let start: WorkflowStep.Place
  var graph: WorkflowGraph
  private(set) var place: WorkflowStep.Place
  private(set) var path: [WorkflowStep] = []
  /// Ids of statuses that were looked for at other tickets.
  var looked: Set<String> = []

  init(_ ticket: JiraIssue, to target: StatusMapping.JiraTarget, graph: WorkflowGraph) {
    key = ticket.key
    self.target = target
    start = WorkflowStep.Place(ticket.status)
    place = start
    self.graph = graph
  }

  private var passed: Set<String> { Set([start.id] + path.map(\.to.id)) }

  mutating func make(_ step: WorkflowStep) {
    path.append(step)
    place = step.to
  }

  /// The way that is left, where it is not too long to be begun.
  func route(asking: Bool) -> [WorkflowStep]? {
    let route = graph.route(from: place, to: target, passed: passed, asking: asking)
    return (route?.count ?? 0) <= TicketMover.longestPath - path.count ? route : nil
  }

  /// Ways to what is not known, from where at least one more step may be made.
  var frontier: [[WorkflowStep]] {
    graph.frontier(from: place, to: target, passed: passed)
      .filter { $0.count < TicketMover.longestPath - path.count }
  }

  /// The nearest status that was never looked at, nor looked for.
  var unlooked: WorkflowStep.Place? {
    frontier.lazy.compactMap(\.last?.to).first { !looked.contains($0.id) }
  }

  func noWay() -> Problem {
    Problem.conflict(
      "no-transition",
      "Jira offers no transition that brings \(key) from '\(place.name)' to \(target.words); check the "
        + "workflow and this account's permissions.\(course)")
  }

  /// There is no such status to look for.
  func noGoal() -> Problem {
    Problem.conflict(
      "no-transition",
      "The workflow of \(key) has no status that is \(target.words): check the mapping.\(course)")
  }

  /// - Parameter fields: names by keys.
  func asks(_ step: WorkflowStep, _ fields: [String: String]) -> Problem {
    let names = fields.values.sorted().map { "'\($0)'" }.joined(separator: ", ")
    let hint =
      fields["resolution"] == nil
      ? "" : " A default_resolution in the status mapping answers this for good."
    return Problem.conflict(
      "transition-needs-fields",
      "Jira's transition '\(step.name)' to '\(step.to.name)' requires \(names) of \(key), and only a person "
        + "can say which value is right: fill it in, or move the ticket by hand.\(hint)\(course)")
  }

  func refused(_ name: String, _ failure: VendorFailure) -> Problem {
    let words = failure.error.vendorWords ?? failure.sentence
    return Problem.conflict(
      "transition-refused", "Jira refused '\(name)' of \(key) at '\(place.name)': \(words)\(course)"
    )
  }

  /// Where it stopped, as a sentence.
  private var course: String {
    guard !path.isEmpty else { return "" }
    let steps = path.map { "'\($0.name)'" }.joined(separator: ", ")
    return " The ticket went from '\(start.name)' by \(steps) and stopped at '\(place.name)'."
  }
}

extension StatusMapping.JiraTarget {
  var words: String {
    switch self {
    case .category("done"): "a completed status"
    case .category(let category): "a status of the category '\(category)'"
    case .open: "an open status"
    case .status(let status): "'\(status.name)'"
    case .nothing: "where it is"
    }
  }
}
