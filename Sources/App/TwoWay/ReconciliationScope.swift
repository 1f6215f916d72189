import RESTClient

/// Whose links a drift check walks over: those with a side in one of these organizations.
package struct ReconciliationScope: Sendable, Equatable {
  var jiraOrganizationIDs: [Int64]
  var sentryOrganizationIDs: [Int64]

  /// Without any id: all links.
  package init(jira: [Int64] = [], sentry: [Int64] = []) {
    jiraOrganizationIDs = jira
    sentryOrganizationIDs = sentry
  }

  var isEverything: Bool { jiraOrganizationIDs.isEmpty && sentryOrganizationIDs.isEmpty }

  init(_ json: JSONValue?) {
    func ids(_ name: String) -> [Int64] {
      (json?[name]?.arrayValue ?? []).compactMap { $0.wholeNumber.map(Int64.init) }
    }
    self.init(jira: ids("jira_organization_ids"), sentry: ids("sentry_organization_ids"))
  }

  var json: JSONValue {
    .object([
      "jira_organization_ids": .array(jiraOrganizationIDs.map { JSONValue($0) }),
      "sentry_organization_ids": .array(sentryOrganizationIDs.map { JSONValue($0) }),
    ])
  }
}
