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

  /// One move: whose ticket, and what to say where a transition requires a resolution.
  private struct Move {
    var ends: LinkEnds
    var key: WorkflowKey
    var resolution: StatusMapping.JiraName?
  }

  /// - Parameters:
  ///   - offered: what leads on from where the ticket is, as read with it; nil: it is requested.
  ///   - resolution: what to set where a transition requires a resolution and Jira has no default.
  ///   - limit: until when the first transition may be sent.
  /// - Returns: the steps made; none when the ticket is there already.
  /// - Throws: a 409 that says where the ticket stands and why: no way is known and none is left to be
  ///   tried, a step requires what only a person can say, or Jira refused one; `RequestOverdue` when the
  ///   ticket was moved elsewhere in between, or could not be moved in time; `VendorFailure`.
  func move(
    _ ends: LinkEnds, _ ticket: JiraIssue, offered: [JiraTransition]?,
    to target: StatusMapping.JiraTarget, resolution: StatusMapping.JiraName?,
    before limit: ContinuousClock.Instant
  ) async throws -> [WorkflowStep] {
    guard !target.isMet(WorkflowStep.Place(ticket.status)) else { return [] }
    let key = WorkflowKey(
      organizationID: ends.project.organizationID,
      projectJiraID: ticket.projectID ?? ends.project.jiraID, issueType: ticket.issueType ?? "")
    let move = Move(ends: ends, key: key, resolution: resolution)
    var graph = try await workflows.graph(key)
    if resolution != nil { graph.answer("resolution") }
    var walk = TicketWalk(ticket, to: target, graph: graph)
    var (known, limit) = (offered, limit)
    while walk.path.count < Self.longestPath {
      if known == nil { (known, limit) = try await read(move, &walk) }
      let offered = try await learn(known ?? [], at: walk.place, move, &walk)
      let step = try await nextStep(move, &walk)
      guard let transition = offered.first(where: { $0.id == step.id }) else { break }
      try await make(transition, move, before: limit, &walk)
      if target.isMet(walk.place) { return walk.path }
      known = nil
    }
    throw walk.noWay()
  }

  /// Reads where the ticket is and what leads on from there.
  private func read(_ move: Move, _ walk: inout TicketWalk) async throws -> (
    [JiraTransition], ContinuousClock.Instant
  ) {
    let (read, sentAt) = try await SendClock.timing {
      try await asking(.jira) {
        try await move.ends.jira.issueWithTransitions(
          move.ends.ticketID, fields: ["status", "updated"])
      }
    }
    // Whoever moved it elsewhere decided something: the sides are compared again.
    guard read.issue.status.id == walk.place.id else {
      throw RequestOverdue(mayHaveBeenReceived: false)
    }
    let limit = max(sentAt + LinkSync.maxDecisionAge, .now + LinkSync.minTimeToWrite)
    if let offered = read.transitions { return (offered, limit) }
    return (
      try await asking(.jira) { try await move.ends.jira.transitions(move.ends.ticketID) }, limit
    )
  }

  /// Reads what a status offers, at another ticket that is there.
  private func look(
    _ ticketID: String, at place: WorkflowStep.Place, _ move: Move, _ walk: inout TicketWalk
  ) async throws {
    let offered = try await asking(.jira) { try await move.ends.jira.transitions(ticketID) }
    _ = try await learn(offered, at: place, move, &walk)
  }

  /// Remembers what a status offers.
  private func learn(
    _ offered: [JiraTransition], at place: WorkflowStep.Place, _ move: Move,
    _ walk: inout TicketWalk
  ) async throws -> [JiraTransition] {
    let steps = offered.map { WorkflowStep($0, resolution: nil) }
    walk.graph.learn(place.id, offered.map { WorkflowStep($0, resolution: move.resolution) })
    try await workflows.learn(move.key, place.id, steps)
    return offered
  }

  /// The first step of the shortest way that is known; of a way that asks for nothing before one that
  /// asks for what the ticket has. Before a ticket is moved to find out what comes next, others that
  /// are there already are looked at.
  private func nextStep(_ move: Move, _ walk: inout TicketWalk) async throws -> WorkflowStep {
    while true {
      if let step = walk.route(asking: false)?.first { return step }
      guard walk.looked.count < Self.mostLooks, let place = walk.unlooked else { break }
      walk.looked.insert(place.id)
      guard let other = try await workflows.issue(of: move.key, in: place.name) else { continue }
      do {
        try await look(String(other), at: place, move, &walk)
      } catch let failure as VendorFailure where failure.error.status == 404 {
        // That one is gone; the next sync records it.
      }
    }
    if let route = walk.route(asking: true), let step = route.first {
      try await checkAnswers(route, move.ends, walk)
      return step
    }
    guard let step = walk.frontier.first?.first else { throw walk.noWay() }
    guard try await hasGoal(move.ends, move.key, walk.target) else { throw walk.noGoal() }
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
      if !missing.isEmpty { throw walk.asks(step, missing) }
    }
  }

  private func make(
    _ transition: JiraTransition, _ move: Move, before limit: ContinuousClock.Instant,
    _ walk: inout TicketWalk
  ) async throws {
    let values = TransitionAnswers(transition, resolution: move.resolution).values
    let write = VendorWrite(
      linkID: move.ends.link.id, subjectID: move.ends.link.jiraIssueID, vendor: .jira,
      expected: transition.to.categoryKey)
    do {
      try await writes.recording(write) {
        try await SendLimit.$current.withValue(limit) {
          try await move.ends.jira.transition(
            move.ends.ticketID, transition, from: walk.place.name, fields: values)
        }
      }
    } catch let failure as VendorFailure where failure.isRefusal {
      throw walk.refused(transition.name, failure)
    }
    walk.make(WorkflowStep(transition, resolution: move.resolution))
  }
}

extension VendorFailure {
  /// Whether the vendor understood and said no: asked again it would say the same.
  fileprivate var isRefusal: Bool {
    error.kind == .status && [400, 403, 404, 422].contains(error.status)
  }
}

extension JSONValue {
  /// Whether a field of Jira's holds nothing.
  var isBlank: Bool { self == .null || self == "" || self == .array([]) }
}
