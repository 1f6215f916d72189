import JiraClient

/// Moves a ticket by as many transitions as it takes.
struct TicketMover: Sendable {
  /// Most transitions to bring a ticket to its goal.
  static let longestPath = 6

  let writes: VendorWriteStore

  /// - Returns: the transitions made; none when the ticket is there already.
  /// - Throws: a 409 when Jira offers no way, or one that asks for what nobody can guess.
  func move(_ ends: LinkEnds, _ ticket: JiraIssue, to target: StatusMapping.JiraTarget) async throws
    -> [JiraTransition]
  {
    var visited: Set<String> = [ticket.status.id]
    var path: [JiraTransition] = []
    while path.count < Self.longestPath {
      let offered = try await asking(.jira) { try await ends.jira.transitions(ends.ticketID) }
      guard let next = TransitionChoice.choose(offered, to: target, visited: visited) else { break }
      guard let fields = TransitionChoice.fields(of: next) else {
        throw Problem.conflict(
          "transition-needs-fields",
          "Jira's transition '\(next.name)' of \(ticket.key) requires fields that have no values to "
            + "choose from; move the ticket by hand.")
      }
      try await writes.recording(ends.link.id, .jira, expected: next.to.categoryKey) {
        try await ends.jira.transition(ends.ticketID, id: next.id, fields: fields)
      }
      path.append(next)
      visited.insert(next.to.id)
      if target.isMet(status: next.to.name, category: next.to.categoryKey) { return path }
    }
    throw Problem.conflict(
      "no-transition",
      "Jira offers no transition that brings \(ticket.key) from '\(ticket.status.name)' to "
        + "\(target.words); check the workflow and this account's permissions.")
  }
}

extension StatusMapping.JiraTarget {
  fileprivate var words: String {
    switch self {
    case .category("done"): "a completed status"
    case .category(let category): "a status of the category '\(category)'"
    case .open: "an open status"
    case .status(let name): "'\(name)'"
    case .nothing: "where it is"
    }
  }
}
