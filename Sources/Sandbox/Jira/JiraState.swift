import Foundation
import RESTClient

/// Everything a look-alike site holds. A value: it lives behind one lock.
struct JiraState: Sendable {
  var projects: [Int64: SandboxJiraProject] = [:]
  var issues: [Int64: SandboxJiraIssue] = [:]
  var idsByKey: [String: Int64] = [:]
  var updates = JiraUpdateIndex()
  var comments: [Int64: [SandboxComment]] = [:]
  /// By the comments' ids.
  var commentProperties: [Int64: [String: JSONValue]] = [:]
  /// What was done to issues since the start, oldest first.
  var changes: [Int64: [SandboxJiraChange]] = [:]
  var remoteLinks: [Int64: [SandboxRemoteLink]] = [:]
  /// Issues that are linked with each other, by id.
  var relations: [(inward: Int64, outward: Int64)] = []
  var webhooks: [SandboxJiraWebhook] = []
  /// What validators of workflows say against transitions, by the transitions' names.
  var refusedTransitions: [String: String] = [:]
  /// What `mypermissions` denies.
  var lackingPermissions: Set<String> = []
  /// Of the tokens that have scopes.
  var scopes = JiraGatewayGate.allScopes
  var nextID: Int64 = 100_000
  /// Search results that are being paged through; a token is the search's name and a position.
  var searches: [String: [Int64]] = [:]
  /// How often many issues were changed at once.
  var touches = 0
  /// The JSON of projects as it stands in issues, by their keys and names.
  var projectFragments: [String: [UInt8]] = [:]
  var access = JiraAccess()
  /// Statuses that were renamed or recategorised, by id.
  var statuses: [String: WorkflowStatus] = [:]
  /// When issues became visible to search; those missing are.
  var visibleAt: [Int64: Date] = [:]
  /// Changes of many issues at once, by their tasks.
  var bulkTasks: [String: SandboxBulkTask] = [:]
  /// The bodies of the last requests that create issues, as they came.
  var creations: [[UInt8]] = []
  /// How long reading an issue returns what it was before its last change, in seconds.
  var readLag = 0.0
  private var before: [Int64: (issue: SandboxJiraIssue, until: Date)] = [:]

  /// The issue as reading it alone or in bulk returns it now.
  func read(_ issue: SandboxJiraIssue) -> SandboxJiraIssue {
    guard let old = before[issue.id], old.until > Date() else { return issue }
    return old.issue
  }

  mutating func makeID() -> Int64 {
    nextID += 1
    return nextID
  }

  func project(_ idOrKey: String) -> SandboxJiraProject? {
    let found =
      Int64(idOrKey).map { projects[$0] }
      ?? projects.values.first { $0.key == idOrKey.uppercased() }
    return found.flatMap { showsProject($0.id) ? $0 : nil }
  }

  /// By id, key or former key.
  func issue(_ idOrKey: String) -> SandboxJiraIssue? {
    let id = Int64(idOrKey) ?? idsByKey[idOrKey.uppercased()]
    return id.flatMap { issues[$0] }.flatMap { shows($0) ? $0 : nil }
  }

  func workflow(of issue: SandboxJiraIssue) -> Workflow {
    projects[issue.projectID]?.workflow ?? .simple
  }

  func status(of issue: SandboxJiraIssue) -> WorkflowStatus {
    workflow(of: issue).status(issue.statusID)
  }

  mutating func insert(_ issue: SandboxJiraIssue) {
    issues[issue.id] = issue
    updates.note(issue.id, at: issue.updated)
    idsByKey[issue.key] = issue.id
    projects[issue.projectID]?.issues.append(issue.id)
  }

  /// Changes an issue and its time of update, and writes its history.
  ///
  /// - Parameter author: the account that does it.
  mutating func update(
    _ id: Int64, by author: String = SandboxPerson.service,
    _ change: (inout SandboxJiraIssue) -> Void
  ) {
    guard let before = issues[id] else { return }
    if readLag > 0 { self.before[id] = (before, Date(timeIntervalSinceNow: readLag)) }
    var issue = before
    change(&issue)
    issue.updated = max(Date(), issue.updated.addingTimeInterval(0.001))
    issues[id] = issue
    updates.note(id, at: issue.updated)
    let items = JiraDifference(state: self, before: before, after: issue).items
    guard !items.isEmpty else { return }
    changes[id, default: []].append(
      SandboxJiraChange(id: makeID(), author: author, created: issue.updated, items: items))
  }

  /// Moves an issue along its workflow.
  mutating func transition(
    _ id: Int64, to statusID: String, resolution: String?, fields: [String: JSONValue] = [:],
    by author: String = SandboxPerson.service
  ) {
    guard let issue = issues[id] else { return }
    let workflow = workflow(of: issue)
    let before = workflow.status(issue.statusID).category
    let after = workflow.status(statusID).category
    update(id, by: author) { issue in
      issue.fields.merge(fields) { $1 }
      issue.statusID = statusID
      if before != after { issue.categoryChanged = Date() }
      issue.resolution = after == "done" ? resolution ?? "10000" : nil
      issue.resolved = after == "done" ? Date() : nil
    }
  }

  mutating func delete(_ id: Int64) {
    guard let issue = issues.removeValue(forKey: id) else { return }
    for key in [issue.key] + issue.formerKeys { idsByKey[key] = nil }
    projects[issue.projectID]?.issues.removeAll { $0 == id }
    comments[id] = nil
    remoteLinks[id] = nil
    changes[id] = nil
  }

  mutating func comment(_ id: Int64, _ body: JSONValue, by author: String) -> SandboxComment {
    let now = Date()
    let comment = SandboxComment(
      id: makeID(), body: body, author: author, created: now, updated: now)
    comments[id, default: []].append(comment)
    update(id, by: author) { _ in }
    return comment
  }

  /// Moves an issue to another project: its key changes, its id does not.
  mutating func move(
    _ id: Int64, to projectID: Int64, by author: String = SandboxPerson.service
  ) {
    guard var project = projects[projectID], let issue = issues[id] else { return }
    let key = "\(project.key)-\(project.nextNumber)"
    project.nextNumber += 1
    projects[projectID] = project
    projects[issue.projectID]?.issues.removeAll { $0 == id }
    projects[projectID]?.issues.append(id)
    idsByKey[key] = id
    update(id, by: author) { issue in
      issue.formerKeys.append(issue.key)
      issue.key = key
      issue.projectID = projectID
      issue.statusID = project.workflow.statuses[0].id
    }
  }

  /// Copies an issue as Jira's own Clone does.
  ///
  /// - Returns: the copy's id; the issue's own where there is none.
  mutating func clone(_ id: Int64, withLinks: Bool) -> Int64 {
    guard let issue = issues[id], var project = projects[issue.projectID] else { return id }
    var copy = issue
    copy.id = makeID()
    copy.key = "\(project.key)-\(project.nextNumber)"
    copy.summary = "CLONE - " + issue.summary
    copy.statusID = project.workflow.statuses[0].id
    (copy.resolution, copy.resolved) = (nil, nil)
    (copy.created, copy.updated, copy.categoryChanged) = (Date(), Date(), Date())
    copy.properties = [:]
    copy.formerKeys = []
    copy.reporter = SandboxPerson.person
    project.nextNumber += 1
    projects[project.id] = project
    insert(copy)
    relations.append((inward: copy.id, outward: id))
    if withLinks {
      remoteLinks[copy.id] = remoteLinks[id]?.map { link in
        var link = link
        link.id = makeID()
        return link
      }
    }
    return copy.id
  }

  /// Gives a project another workflow; its issues go to the first status of their category.
  mutating func setWorkflow(_ workflow: Workflow, of projectID: Int64) {
    guard let project = projects[projectID] else { return }
    for id in project.issues {
      guard let issue = issues[id] else { continue }
      let category = status(of: issue).category
      let status = workflow.statuses.first { $0.category == category } ?? workflow.statuses[0]
      issues[id]?.statusID = status.id
    }
    projects[projectID]?.workflow = workflow
  }
}
