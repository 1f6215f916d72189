import Foundation
import JiraClient
import SentryClient

@testable import App
@testable import RESTClient
@testable import Sandbox

/// Issues, events and drafts for tests of a ticket's text.
enum TicketFixtures {
  static func issue(_ title: String = "Error: boom", culprit: String? = "shop.views in checkout")
    -> StoredSentryIssue
  {
    StoredSentryIssue(
      id: 1, organizationID: 1, projectID: 1, sentryID: 3, shortID: "WEB-3", title: title,
      culprit: culprit, level: "error", status: "unresolved",
      firstSeenAt: Date(timeIntervalSince1970: 1_790_000_000),
      lastSeenAt: Date(timeIntervalSince1970: 1_790_090_000), eventCount: 12_345, userCount: 3,
      permalink: "https://acme.sentry.io/issues/3/", projectSlug: "web", projectName: "Web",
      productSlug: nil, productName: nil, feedbackText: nil)
  }

  /// The issue and the event of one of the shapes that the look-alike has.
  static func shape(_ shape: SentryEventShape) -> (StoredSentryIssue, SentryEvent) {
    var event = shape.members.event
    event["eventID"] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    event["dateCreated"] = "2026-11-29T10:00:00Z"
    event["tags"] = .array(
      (event["tags"]?.arrayValue ?? []).compactMap(\.arrayValue).map {
        ["key": $0[0], "value": $0[1]]
      })
    let culprit = shape.members.issue["culprit"]?.stringValue
    return (issue(shape.title ?? "", culprit: culprit), SentryEvent(.object(event)))
  }

  static func exceptions(_ values: JSONValue...) -> SentryEvent {
    SentryEvent(["entries": [["type": "exception", "data": ["values": .array(values)]]]])
  }

  static func frame(
    _ file: String, _ function: String, _ line: Int, inApp: Bool = true
  ) -> JSONValue {
    [
      "filename": .string(file), "function": .string(function), "lineNo": JSONValue(line),
      "inApp": .bool(inApp),
    ]
  }

  static func draft(
    _ event: SentryEvent? = nil, issue: StoredSentryIssue = issue(), notes: String? = nil,
    _ change: (inout TicketRequest) -> Void = { _ in }
  ) -> TicketDraft {
    var request = TicketRequest(jiraProjectID: 1)
    request.notes = notes
    change(&request)
    let latest =
      event.map(LatestEvent.init)
      ?? LatestEvent(
        RESTError(
          kind: .status, method: "GET", path: "/", status: 404, body: [], contentType: nil,
          message: "", mayHaveBeenReceived: false))
    return TicketDraft(issue: issue, event: latest, request: request, ticketLabel: nil)
  }

  static func lines(_ draft: TicketDraft) -> [String] {
    draft.description.plainText.split(separator: "\n", omittingEmptySubsequences: false).map {
      var line = $0
      while line.last == "\t" { line.removeLast() }
      return String(line)
    }
  }

  /// What Jira would refuse the document for.
  static func refusal(_ draft: TicketDraft) -> JiraDocumentCheck.Refusal? {
    JiraDocumentCheck.refusal(of: draft.description.json)
  }
}
