import Foundation
import JiraClient

/// A Jira issue as it is stored: what the vendor says, in columns.
struct JiraIssueRecord: Sendable {
  var jiraID: Int64
  /// Jira's id of the project.
  var jiraProjectID: Int64?
  var key: String
  var summary: String
  var description: String?
  /// Of the Sentry issues that the description leads to.
  var sentryAddresses: [String]
  var issueType: String?
  var status: String
  var statusCategory: String
  var resolution: String?
  var priority: String?
  var assigneeAccountID: String?
  var assigneeDisplayName: String?
  var reporterAccountID: String?
  var reporterDisplayName: String?
  var labels: [String]
  var components: [String]
  var fixVersions: [String]
  var createdAt: Date
  var updatedAt: Date
  var resolvedAt: Date?

  /// The fields to ask Jira for.
  static let fields = [
    "summary", "description", "issuetype", "status", "resolution", "priority", "assignee",
    "reporter", "labels", "components", "fixVersions", "created", "updated", "resolutiondate",
    "project",
  ]

  init(_ issue: JiraIssue) {
    jiraID = issue.id
    jiraProjectID = issue.projectID
    key = issue.key
    summary = Self.storable(issue.summary)
    description = (issue.description?.plainText).map(Self.storable)
    sentryAddresses = SentryAddress.all(of: issue.description?.addresses ?? [])
    issueType = issue.issueType
    status = issue.status.name
    statusCategory =
      switch issue.status.categoryKey {
      case "new", "done": issue.status.categoryKey
      default: "indeterminate"
      }
    resolution = issue.resolution
    priority = issue.priority
    assigneeAccountID = issue.assignee?.accountID
    assigneeDisplayName = issue.assignee?.displayName
    reporterAccountID = issue.reporter?.accountID
    reporterDisplayName = issue.reporter?.displayName
    labels = issue.labels
    components = issue.components
    fixVersions = issue.fixVersions
    createdAt = issue.created
    updatedAt = issue.updated
    resolvedAt = issue.resolutionDate
  }

  /// PostgreSQL cannot store U+0000.
  private static func storable(_ text: String) -> String {
    var text = text
    let hasNUL = text.withUTF8 { utf8 in
      utf8.baseAddress.map { memchr($0, 0, utf8.count) != nil } ?? false
    }
    return hasNUL ? text.replacing("\0", with: "") : text
  }
}
