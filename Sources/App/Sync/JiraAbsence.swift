import JiraClient
import RESTClient

/// Finds out what became of issues that Jira did not give where they were expected: the one place that decides
/// whether an issue is deleted. Jira gives the same answer for what does not exist and for what the account may not
/// see, so that deleted is only what is proven to be (docs/decisions/0011-absence.md):
///
/// - Jira answers to our account, not to an anonymous visitor, and says so when asked who we are;
/// - the answer names the issue neither among those it gives nor among those it could not give now;
/// - the account may browse the issue's project at this moment, and nothing hints at issue security there, or Jira's
///   own webhook said that the issue was deleted.
///
/// Everything else is merely not visible.
struct JiraAbsence: Sendable {
  /// Issues requested by id at once, Jira's most.
  static let batch = 100

  let client: JiraClient
  let issues: JiraIssueStore
  /// Bounds the requests at the same time; nil: nothing does.
  var requests: Slots?
  private let projects = ProjectSigns()

  init(client: JiraClient, issues: JiraIssueStore, requests: Slots? = nil) {
    self.client = client
    self.issues = issues
    self.requests = requests
  }

  struct Findings: Sendable {
    /// Those that Jira gives after all.
    var issues: [JiraIssue] = []
    var unreadable: [UnreadableJiraIssue] = []
    /// Those that Jira may give later, by id or key, and what it says.
    var failed: [(reference: String, reason: String)] = []
    /// Stored issues that are proven to be deleted.
    var gone: [AbsentJiraIssue] = []
    /// Stored issues that are not visible, whatever the reason.
    var notVisible: [AbsentJiraIssue] = []
  }

  /// - Parameters:
  ///   - references: at most `batch` ids or keys; what is said of a key that is not found is nothing.
  ///   - told: ids of those that Jira's webhook said to be deleted.
  func look(
    for references: [String], organization: Int64, toldDeleted told: Set<String> = [],
    fields: [String] = JiraIssueRecord.fields
  ) async throws -> Findings {
    let answer = try await fetch(references, fields)
    var findings = Findings(
      issues: answer.issues, unreadable: answer.unreadable, failed: answer.failed)
    var met = Set(answer.issues.flatMap { [String($0.id), $0.key] })
    met.formUnion(
      answer.unreadable.flatMap { [$0.id.map(String.init), $0.key].compactMap(\.self) })
    met.formUnion(answer.failed.map(\.reference))
    // An issue is given once, even when it was requested by an old key or twice.
    let missing = references.filter { !met.contains($0) }.compactMap { Int64($0) }
    let absent = try await issues.stored(missing, organization: organization)
    guard !absent.isEmpty else { return findings }
    _ = try await ask { try await client.myself() }
    let visible = try await visibleProjects(of: absent.filter { !told.contains(String($0.jiraID)) })
    for issue in absent {
      if told.contains(String(issue.jiraID)) || visible.contains(issue.projectJiraID) {
        findings.gone.append(issue)
      } else {
        findings.notVisible.append(issue)
      }
    }
    return findings
  }

  /// The projects in which an issue that is not given cannot be anything but deleted.
  private func visibleProjects(of absent: [AbsentJiraIssue]) async throws -> Set<Int64> {
    var visible: Set<Int64> = []
    for ids in Set(absent.map(\.projectJiraID)).sorted().batches(of: JiraClient.maxProjectIDs) {
      visible.formUnion(try await ask { try await client.browsableProjects(ids) })
    }
    for id in visible where try await isSecured(id) { visible.remove(id) }
    return visible
  }

  /// Whether anything hints at security levels, which hide single issues of a project that is visible itself.
  private func isSecured(_ project: Int64) async throws -> Bool {
    if let known = await projects.isSecured(project) { return known }
    var isSecured = false
    let client = client
    let signs: [@Sendable (Int64) async throws -> Bool] = [
      { try await client.hasSecurityLevels(project: $0) },
      { try await client.hasSecuredIssues(project: $0) },
    ]
    for sign in signs where !isSecured {
      do {
        isSecured = try await ask { try await sign(project) }
      } catch let failure as VendorFailure where Self.isSilence(failure.error) {
        // Jira does not tell everybody.
        continue
      }
    }
    await projects.note(project, isSecured: isSecured)
    return isSecured
  }

  private static func isSilence(_ error: RESTError) -> Bool {
    error.kind == .malformedAnswer
      || (error.kind == .status && [400, 403, 404].contains(error.status))
  }

  /// Requests issues; fewer at once where the answer is too large, and once more those that Jira could not give.
  private func fetch(_ references: [String], _ fields: [String], isFirst: Bool = true) async throws
    -> JiraBulkAnswer
  {
    var answer: JiraBulkAnswer
    do {
      answer = try await ask { try await client.bulkFetch(references, fields: fields) }
    } catch let failure as VendorFailure where failure.error.isTooLarge {
      answer = JiraBulkAnswer()
      guard references.count > 1 else {
        answer.failed = references.map { ($0, failure.sentence) }
        return answer
      }
      for half in references.batches(of: (references.count + 1) / 2) {
        answer.add(try await fetch(half, fields, isFirst: isFirst))
      }
      return answer
    }
    let again = answer.failed.map(\.reference)
    // While it brings something: all that fails together fails for another reason.
    guard !again.isEmpty, references.count > 1, isFirst || !answer.issues.isEmpty else {
      return answer
    }
    answer.failed = []
    for part in again.batches(of: max(1, references.count / 4)) {
      answer.add(try await fetch(part, fields, isFirst: false))
    }
    return answer
  }

  private func ask<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    guard let requests else { return try await asking(.jira, body) }
    return try await requests.run { try await asking(.jira, body) }
  }
}

/// A stored issue that Jira does not give.
struct AbsentJiraIssue: Sendable, Equatable {
  var jiraID: Int64
  var key: String
  /// Ours and Jira's id of its project.
  var projectID, projectJiraID: Int64
}

/// What was found out of projects' security, for as long as one reading lasts.
private actor ProjectSigns {
  private var secured: [Int64: Bool] = [:]

  func isSecured(_ project: Int64) -> Bool? { secured[project] }
  func note(_ project: Int64, isSecured: Bool) { secured[project] = isSecured }
}

extension JiraBulkAnswer {
  fileprivate mutating func add(_ other: JiraBulkAnswer) {
    issues += other.issues
    unreadable += other.unreadable
    failed += other.failed
  }
}
