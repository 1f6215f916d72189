import Foundation
import JiraClient
import RESTClient

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
  /// Jira's id of it.
  var statusID: String?
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
    key = issue.key.storable
    summary = issue.summary.storable
    description = issue.description?.plainText.storable
    sentryAddresses = SentryAddress.all(of: issue.description?.addresses ?? []).map(\.storable)
    issueType = issue.issueType?.storable
    status = issue.status.name.storable
    statusID = issue.status.id.isEmpty ? nil : issue.status.id.storable
    statusCategory = Self.category(issue.status)
    resolution = issue.resolution?.storable
    priority = issue.priority?.storable
    assigneeAccountID = issue.assignee?.accountID.storable
    assigneeDisplayName = issue.assignee?.displayName.storable
    reporterAccountID = issue.reporter?.accountID.storable
    reporterDisplayName = issue.reporter?.displayName.storable
    labels = issue.labels.map(\.storable)
    components = issue.components.map(\.storable)
    fixVersions = issue.fixVersions.map(\.storable)
    createdAt = issue.created
    updatedAt = issue.updated
    resolvedAt = issue.resolutionDate
  }

  /// Jira also knows `undefined`.
  static func category(_ status: JiraStatus) -> String {
    switch status.categoryKey {
    case "new", "done": status.categoryKey
    default: "indeterminate"
    }
  }
}
