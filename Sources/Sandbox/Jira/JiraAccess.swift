import Foundation
import RESTClient
import Synchronization

/// Who reads the site. A person at the site's pages, and a test, see everything.
enum JiraViewer: Sendable {
  case person, service, anonymous

  @TaskLocal static var current = JiraViewer.person
}

/// What the service's account may see, and which answers are odd on purpose.
package struct JiraAccess: Sendable {
  /// The token has expired or was revoked: Jira then answers as it answers a visitor who has not signed in, with
  /// 200 and nothing where anonymous access is possible.
  package var isTokenExpired = false
  /// `x-seraph-loginreason` of every answer then; nil: a gateway on the way strips it.
  package var loginReason: String? = "AUTHENTICATED_FAILED"
  /// Projects that the account may not browse, by id.
  package var hiddenProjects: Set<Int64> = []
  package var trashedProjects: Set<Int64> = []
  package var archivedProjects: Set<Int64> = []
  /// Projects that search refuses to know, though they can be browsed: its index is behind.
  package var unsearchableProjects: Set<Int64> = []
  /// Issues with a security level that the account is part of.
  package var leveledIssues: Set<Int64> = []
  /// Issues that a bulk fetch lists in `issueErrors`, and how often it still will.
  package var unavailableIssues: [Int64: Int] = [:]
  /// Members of issues' `fields`, by issue, as raw JSON: what no seed would hold.
  package var oddFields: [Int64: [String: String]] = [:]
  /// Pages of more issues than this are answered with 413 when fields are requested.
  package var maxPageIssues: Int?
  /// Issues that no answer can hold.
  package var oversizedIssues: Set<Int64> = []
  /// The page before the last one says that there is more, and not where.
  package var losesPageToken = false

  package init() {}

  var isTrivial: Bool {
    !isTokenExpired && hiddenProjects.isEmpty && trashedProjects.isEmpty && archivedProjects.isEmpty
  }
}

extension JiraState {
  /// Whether whoever asks now may see an issue.
  func shows(_ issue: SandboxJiraIssue) -> Bool {
    switch JiraViewer.current {
    case .person: true
    case .anonymous: false
    case .service: showsProject(issue.projectID) && !issue.isHidden
    }
  }

  func showsProject(_ id: Int64) -> Bool {
    switch JiraViewer.current {
    case .person: true
    case .anonymous: false
    case .service: !access.hiddenProjects.contains(id) && !access.trashedProjects.contains(id)
    }
  }

  /// Renames a project: every issue gets a new key, and none of them is updated by that.
  mutating func rename(_ projectID: Int64, key: String, name: String) {
    guard let project = projects[projectID] else { return }
    projects[projectID]?.key = key
    projects[projectID]?.name = name
    guard key != project.key else { return }
    for id in project.issues {
      guard var issue = issues[id] else { continue }
      issue.formerKeys.append(issue.key)
      issue.key = key + issue.key.dropFirst(project.key.count)
      issues[id] = issue
      idsByKey[issue.key] = id
    }
  }

  /// Renames or recategorises a status of the site; no issue is updated by that.
  mutating func change(_ status: WorkflowStatus) {
    statuses[status.id] = status
    for id in projects.keys {
      guard let index = projects[id]?.workflow.statuses.firstIndex(where: { $0.id == status.id })
      else { continue }
      projects[id]?.workflow.statuses[index] = status
    }
  }
}

extension JiraSandbox {
  /// What the service's account may see, and which answers are odd on purpose.
  package var access: JiraAccess {
    get { state.withLock { $0.access } }
    set { state.withLock { $0.access = newValue } }
  }

  /// Tells webhooks of a project.
  func tell(_ event: String, _ project: SandboxJiraProject) {
    let body: JSONValue = [
      "timestamp": JSONValue(Int(Date().timeIntervalSince1970 * 1000)),
      "webhookEvent": .string(event),
      "project": [
        "self": .string("\(baseURL)/rest/api/2/project/\(project.id)"), "id": JSONValue(project.id),
        "key": .string(project.key), "name": .string(project.name),
        "projectLead": json.person(SandboxPerson.service),
        "assigneeType": "admin.assignee.type.unassigned",
      ],
    ]
    for hook in state.withLock({ $0.webhooks })
    where hook.events.isEmpty || hook.events.contains(event) {
      webhooks.deliver(
        .jira(url: hook.url, secret: hook.secret, body: body.encoded()),
        pauses: configuration.webhookPauses)
    }
  }
}
