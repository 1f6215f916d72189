import Foundation
import JiraClient
import RESTClient
import SentryClient

/// What a client asks of a new ticket.
struct TicketRequest: Sendable {
  var jiraProjectID: Int64
  var issueType: String?
  var priority: String?
  var assigneeAccountID: String?
  var labels: [String] = []
  var summary: String?
  var notes: String?
  var fields: [String: JSONValue] = [:]
  var allowsDuplicate = false
  /// Whether the address that a person left with feedback is written into the ticket.
  var includesContact = false
  var syncsSentryToJira = true
  var syncsJiraToSentry = true
}

/// A ticket as it will be asked of Jira: summary, description, labels. Pure.
struct TicketDraft: Sendable {
  /// Jira's limit is 255; one is kept back.
  static let maxSummaryUnits = 254
  /// Jira's limit for a label.
  static let maxLabelUnits = 255

  var summary: String
  var description: AtlassianDocument
  var labels: [String]

  init(
    issue: StoredSentryIssue, event: LatestEvent, request: TicketRequest, ticketLabel: String?
  ) {
    // Every feedback has the same title; what the person wrote tells them apart.
    let feedback = event.event?.feedback.flatMap { $0.isWholeEvent ? $0.message : nil }
    summary = Self.summary(request.summary ?? feedback ?? issue.feedbackText ?? issue.title)
    labels = Self.labels(issue, request.labels, ticketLabel)
    description =
      TicketDescription(
        issue: issue, latest: event, notes: request.notes,
        includesContact: request.includesContact
      ).document
  }

  /// One line of 1 to 254 characters.
  static func summary(_ title: String) -> String {
    let line = title.onOneLine
    guard !line.isEmpty else { return "Sentry issue without a title" }
    guard line.units > maxSummaryUnits else { return line }
    return line.prefix(units: maxSummaryUnits - 1) + "…"
  }

  /// `sentry`, `level-…`, `product-…`, those asked for and the one that finds the ticket again.
  static func labels(_ issue: StoredSentryIssue, _ asked: [String], _ ticketLabel: String?)
    -> [String]
  {
    var labels = ["sentry", label("level-\(issue.level)")]
    if let product = issue.productSlug { labels.append(label("product-\(product)")) }
    labels += asked.map(label).filter { !$0.isEmpty }
    if let ticketLabel { labels.append(ticketLabel) }
    var seen: Set<String> = []
    return labels.filter { seen.insert($0).inserted }
  }

  /// A text as a label: Jira takes no spaces in one, and what cannot be seen would make two of what
  /// looks like one.
  static func label(_ text: String) -> String {
    let visible = text.onOneLine.unicodeScalars.filter { $0.properties.generalCategory != .format }
    let words = String(String.UnicodeScalarView(visible)).split(whereSeparator: \.isWhitespace)
    return String(words.joined(separator: "-").prefix(units: maxLabelUnits))
  }
}
