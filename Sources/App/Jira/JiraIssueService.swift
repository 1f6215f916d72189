import JiraClient
import RESTClient

/// Changes Jira issues: Jira first, then the copy as Jira states it.
struct JiraIssueService: Sendable {
  let issues: JiraIssueStore
  let projects: JiraProjectStore
  let organizations: OrganizationStore
  let clients: JiraClients

  /// An issue with the client that speaks for it.
  struct Subject: Sendable {
    var issue: StoredJiraIssue
    var project: StoredJiraProject
    var client: JiraClient

    var jiraID: String { String(issue.jiraID) }
  }

  /// - Throws: a 404.
  func subject(_ id: Int64) async throws -> Subject {
    let issue = try await issues.issue(id)
    let project = try await projects.project(issue.projectID)
    return Subject(
      issue: issue, project: project,
      client: try clients.client(of: try await organizations.organization(project.organizationID)))
  }

  /// - Throws: a 412 before Jira is asked; `VendorFailure` with what Jira says of the change.
  func update(_ id: Int64, _ change: JiraIssueChange, _ precondition: Precondition) async throws {
    let subject = try await subject(id)
    try await check(id, precondition)
    guard !change.fields.isEmpty else { return }
    try await asking(.jira) {
      try await subject.client.editIssue(subject.jiraID, fields: change.fields)
    }
    try await storeAnswer(subject)
  }

  func transitions(_ id: Int64) async throws -> [JiraTransition] {
    let subject = try await subject(id)
    return try await asking(.jira) { try await subject.client.transitions(subject.jiraID) }
  }

  /// - Throws: a 409 when Jira does not offer the transition now; a 422 for fields it requires.
  func transition(_ id: Int64, _ wish: TransitionWish, fields: [String: JSONValue]) async throws {
    let subject = try await subject(id)
    let offered = try await asking(.jira) { try await subject.client.transitions(subject.jiraID) }
    let candidates = Self.find(wish, among: offered)
    guard !candidates.isEmpty else {
      let names = offered.map { "'\($0.name)' (\($0.id)) to '\($0.to.name)'" }
      throw Problem.conflict(
        "no-transition",
        "Jira does not offer this for \(subject.issue.key) now; it offers "
          + (names.isEmpty ? "no transition." : names.joined(separator: ", ") + "."))
    }
    let transition = try await choose(candidates, subject, fields)
    let stored = try await issues.find(id).map { try JSONValue(parsing: $0) }
    try await asking(.jira) {
      try await subject.client.transition(
        subject.jiraID, transition, from: stored?["status"]?.stringValue, fields: fields)
    }
    try await storeAnswer(subject)
  }

  /// Jira's comments from the one at `offset` on.
  func comments(_ id: Int64, offset: Int, limit: Int) async throws -> JiraCommentPage {
    let subject = try await subject(id)
    return try await asking(.jira) {
      try await subject.client.comments(subject.jiraID, startAt: offset, limit: limit)
    }
  }

  /// - Parameter markdown: plain text or Markdown.
  func addComment(_ id: Int64, _ markdown: String) async throws -> JiraComment {
    let subject = try await subject(id)
    let comment = try await asking(.jira) {
      try await subject.client.addComment(subject.jiraID, AtlassianDocument(markdown: markdown))
    }
    try await issues.noteComment(id, comment: comment.id)
    return comment
  }

  private func check(_ id: Int64, _ precondition: Precondition) async throws {
    guard precondition.isAsked, let json = try await issues.find(id) else { return }
    try precondition.check(json)
  }

  private func storeAnswer(_ subject: Subject) async throws {
    let answer = try await asking(.jira) {
      try await subject.client.issue(subject.jiraID, fields: JiraIssueRecord.fields)
    }
    try await issues.storeChange(
      subject.issue.id, JiraIssueRecord(answer), project: subject.project)
  }

  /// Several transitions may lead to one status: the one is taken that requires nothing which is neither
  /// given nor at the ticket already.
  ///
  /// - Throws: a 422 for the fields that the one with the fewest of them requires.
  private func choose(
    _ candidates: [JiraTransition], _ subject: Subject, _ fields: [String: JSONValue]
  ) async throws -> JiraTransition {
    func missing(_ transition: JiraTransition) -> [String] {
      transition.fields.filter {
        $0.value.required && !$0.value.hasDefaultValue && fields[$0.key] == nil
      }.keys.sorted()
    }
    if let free = candidates.first(where: { missing($0).isEmpty }) { return free }
    let asked = Set(candidates.flatMap(missing)).sorted()
    let values = try await asking(.jira) {
      try await subject.client.fieldValues(subject.jiraID, asked)
    }
    let open = candidates.map { transition in
      (transition, missing(transition).filter { values[$0]?.isBlank ?? true })
    }.min { $0.1.count < $1.1.count }
    guard let (transition, needed) = open else { return candidates[0] }
    guard needed.isEmpty else {
      throw Problem.invalid(
        needed.map { key in
          .init(
            pointer: "/fields/\(key)",
            detail:
              "Jira requires '\(transition.fields[key]?.name ?? key)' for '\(transition.name)'.")
        })
    }
    return transition
  }

  /// By a status's id before its name, which is in the account's language.
  private static func find(_ wish: TransitionWish, among offered: [JiraTransition])
    -> [JiraTransition]
  {
    switch wish {
    case .id(let id): return offered.filter { $0.id == id }
    case .status(let status):
      let byID = offered.filter { $0.to.id == status }
      return byID.isEmpty
        ? offered.filter { $0.to.name.lowercased() == status.lowercased() } : byID
    }
  }
}
