import JiraClient
import RESTClient

/// Moves a ticket by as many transitions as it takes.
struct TicketMover: Sendable {
  /// Most transitions to bring a ticket to its goal.
  static let longestPath = 6
  /// Most statuses that are looked at through other tickets, one request each.
  static let mostLooks = 8

  let writes: VendorWriteStore
  let workflows: WorkflowStore

  /// - Returns: the steps made; none when the ticket is there already.
  /// - Throws: a 409 that says where the ticket stands and why: no way is known and none is left to be
  ///   tried, a step asks for what nobody can guess, or Jira refused one; `VendorFailure`.
  func move(_ ends: LinkEnds, _ ticket: JiraIssue, to target: StatusMapping.JiraTarget) async throws
    -> [WorkflowStep]
  {
    guard !target.isMet(WorkflowStep.Place(ticket.status)) else { return [] }
    let key = WorkflowKey(
      organizationID: ends.project.organizationID,
      projectJiraID: ticket.projectID ?? ends.project.jiraID, issueType: ticket.issueType ?? "")
    var walk = TicketWalk(ticket, to: target, graph: try await workflows.graph(key))
    while walk.path.count < Self.longestPath {
      let offered = try await look(ends, ends.ticketID, at: walk.place, key, &walk)
      let step = try await nextStep(ends, key, &walk)
      guard let transition = offered.first(where: { $0.id == step.id }) else { break }
      try await make(transition, ends, &walk)
      if target.isMet(walk.place) { return walk.path }
    }
    throw walk.noWay()
  }

  /// Reads what a status offers, at one ticket that is there, and remembers it.
  private func look(
    _ ends: LinkEnds, _ ticketID: String, at place: WorkflowStep.Place, _ key: WorkflowKey,
    _ walk: inout TicketWalk
  ) async throws -> [JiraTransition] {
    let offered = try await asking(.jira) { try await ends.jira.transitions(ticketID) }
    let steps = offered.map(WorkflowStep.init)
    walk.graph.learn(place.id, steps)
    try await workflows.learn(key, place.id, steps)
    return offered
  }

  /// The first step of the shortest way that is known; of a way that asks for nothing before one that
  /// asks for what the ticket has. Before a ticket is moved to find out what comes next, others that
  /// are there already are looked at.
  private func nextStep(_ ends: LinkEnds, _ key: WorkflowKey, _ walk: inout TicketWalk)
    async throws -> WorkflowStep
  {
    while true {
      if let step = walk.route(asking: false)?.first { return step }
      guard walk.looked.count < Self.mostLooks, let place = walk.unlooked else { break }
      walk.looked.insert(place.id)
      guard let other = try await workflows.issue(of: key, in: place.name) else { continue }
      do {
        _ = try await look(ends, String(other), at: place, key, &walk)
      } catch let failure as VendorFailure where failure.error.status == 404 {
        // That one is gone; the next sync notes it.
      }
    }
    if let route = walk.route(asking: true), let step = route.first {
      try await checkAnswers(route, ends, walk)
      return step
    }
    guard let step = walk.frontier.first?.first else { throw walk.noWay() }
    guard try await hasGoal(ends, key, walk.target) else { throw walk.noGoal() }
    return step
  }

  /// Whether the ticket's workflow has such a status at all: no ticket is led about in search of what
  /// is not there.
  private func hasGoal(
    _ ends: LinkEnds, _ key: WorkflowKey, _ target: StatusMapping.JiraTarget
  ) async throws -> Bool {
    let types = try await asking(.jira) {
      try await ends.jira.statuses(project: String(key.projectJiraID))
    }
    let own = types.filter { $0.issueType == key.issueType }
    return (own.isEmpty ? types : own).flatMap(\.statuses).contains {
      target.isMet(WorkflowStep.Place($0))
    }
  }

  /// What a step requires may stand at the ticket already: Jira keeps it.
  private func checkAnswers(_ route: [WorkflowStep], _ ends: LinkEnds, _ walk: TicketWalk)
    async throws
  {
    let asked = Set(route.flatMap(\.asks.keys)).sorted()
    let values = try await asking(.jira) {
      try await ends.jira.fieldValues(ends.ticketID, asked)
    }
    for step in route {
      let missing = step.asks.filter { values[$0.key]?.isBlank ?? true }
      if !missing.isEmpty { throw walk.asks(step, missing.values.sorted()) }
    }
  }

  private func make(_ transition: JiraTransition, _ ends: LinkEnds, _ walk: inout TicketWalk)
    async throws
  {
    let values = TransitionAnswers(transition).values
    do {
      try await writes.recording(ends.link.id, .jira, expected: transition.to.categoryKey) {
        try await ends.jira.transition(
          ends.ticketID, transition, from: walk.place.name, fields: values)
      }
    } catch let failure as VendorFailure where failure.isRefusal {
      throw walk.refused(transition.name, failure)
    }
    walk.make(WorkflowStep(transition))
  }
}

extension VendorFailure {
  /// Whether the vendor understood and said no: asked again it would say the same.
  fileprivate var isRefusal: Bool {
    error.kind == .status && [400, 403, 404, 422].contains(error.status)
  }
}

extension JSONValue {
  fileprivate var isBlank: Bool { self == .null || self == "" || self == .array([]) }
}
