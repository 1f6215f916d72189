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
    guard let transition = Self.find(wish, among: offered) else {
      let names = offered.map { "'\($0.name)' (\($0.id)) to '\($0.to.name)'" }
      throw Problem.conflict(
        "no-transition",
        "Jira does not offer this for \(subject.issue.key) now; it offers "
          + (names.isEmpty ? "no transition." : names.joined(separator: ", ") + "."))
    }
    let missing = transition.fields.filter {
      $0.value.required && !$0.value.hasDefaultValue && fields[$0.key] == nil
    }
    guard missing.isEmpty else {
      throw Problem.invalid(
        missing.sorted { $0.key < $1.key }.map { key, field in
          .init(
            pointer: "/fields/\(key)",
            detail: "Jira requires '\(field.name)' for '\(transition.name)'.")
        })
    }
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

  private static func find(_ wish: TransitionWish, among offered: [JiraTransition])
    -> JiraTransition?
  {
    switch wish {
    case .id(let id): offered.first { $0.id == id }
    case .status(let status):
      offered.first { $0.to.name.lowercased() == status.lowercased() || $0.to.id == status }
    }
  }
}
