package import Foundation
import RESTClient

/// An issue with what its workflow offers now, from one request.
package struct JiraIssueWithTransitions: Sendable, Decodable {
  package var issue: JiraIssue
  package var resolutionID: String?
  /// nil where Jira did not state them whole.
  package var transitions: [JiraTransition]?

  private enum CodingKeys: String, CodingKey { case transitions, fields }
  private struct Fields: Decodable { var resolution: Reference? }
  private struct Reference: Decodable { var id: String? }

  /// An issue that was read without its transitions.
  package init(_ issue: JiraIssue) { self.issue = issue }

  package init(from decoder: any Decoder) throws {
    issue = try JiraIssue(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    resolutionID = container.optional(Fields.self, .fields)?.resolution?.id
    let offered = container.optional([JiraTransition].self, .transitions)
    transitions = offered?.allSatisfy(\.hasAllFields) == true ? offered : nil
  }
}

/// A change of an issue's status, from its history.
package struct JiraStatusChange: Sendable, Equatable {
  package var date: Date
  package var toID: String
  package var toName: String
}

extension JiraClient {
  /// - Parameter fields: must hold `status` and `updated`.
  package func issueWithTransitions(_ idOrKey: String, fields: [String]) async throws
    -> JiraIssueWithTransitions
  {
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey),
      query: [("fields", fields.joined(separator: ",")), ("expand", "transitions.fields")],
      endpoint: "issue")
    return try await rest.decode(JiraIssueWithTransitions.self, request)
  }

  /// The latest changes of the issue's status, newest first.
  package func statusChanges(_ idOrKey: String) async throws -> [JiraStatusChange] {
    struct Item: Decodable {
      var field: String?
      var fieldId: String?
      var to: String?
      var toString: String?
    }
    struct History: Decodable {
      var created: String?
      var items: [Item]?
    }
    struct Changelog: Decodable { var histories: [History]? }
    struct Answer: Decodable { var changelog: Changelog? }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey), query: [("fields", "status"), ("expand", "changelog")],
      endpoint: "issue")
    let histories = try await rest.decode(Answer.self, request).changelog?.histories ?? []
    return histories.flatMap { history -> [JiraStatusChange] in
      guard let date = history.created.flatMap(VendorTimestamp.parse) else { return [] }
      return (history.items ?? []).filter {
        $0.fieldId == "status" || $0.field?.lowercased() == "status"
      }
      .map { JiraStatusChange(date: date, toID: $0.to ?? "", toName: $0.toString ?? "") }
    }.sorted { $0.date > $1.date }
  }

  /// Waits until Jira's limit lets a transition through.
  package func waitForTransitions() async throws {
    try await rest.waitUntilAdmitted(
      RESTClient.Request("POST", "", endpoint: "issue/transitions"))
  }
}
