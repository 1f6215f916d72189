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
  var syncsSentryToJira = true
  var syncsJiraToSentry = true
}

/// A ticket as it will be asked of Jira: summary, description, labels. Pure.
struct TicketDraft: Sendable {
  /// Jira's limit is 255; one is kept back.
  static let longestSummary = 254
  /// Jira's limit for a label (VENDOR: "≤ 255 characters, no spaces").
  static let longestLabel = 255

  var summary: String
  var description: AtlassianDocument
  var labels: [String]

  /// - Parameter event: the latest event; nil when Sentry has none any more.
  init(
    issue: StoredSentryIssue, event: SentryEvent?, request: TicketRequest, ticketLabel: String?
  ) {
    summary = Self.summary(request.summary ?? issue.title)
    labels = Self.labels(issue, request.labels, ticketLabel)
    description = Self.description(issue, event, request.notes)
  }

  /// One line of 1 to 254 characters.
  static func summary(_ title: String) -> String {
    let line = title.split(whereSeparator: { $0.isWhitespace || $0 == "\0" })
      .joined(separator: " ")
    guard !line.isEmpty else { return "Sentry issue without a title" }
    // Jira counts UTF-16 code units, as Java does.
    guard line.utf16.count > longestSummary else { return line }
    var cut = ""
    var length = 1
    for character in line {
      length += character.utf16.count
      if length > longestSummary { break }
      cut.append(character)
    }
    return cut + "…"
  }

  /// `sentry`, `level-…`, `product-…`, those asked for and the one that finds the ticket again.
  static func labels(_ issue: StoredSentryIssue, _ asked: [String], _ ticketLabel: String?)
    -> [String]
  {
    var labels = ["sentry", "level-\(issue.level)"]
    if let product = issue.productSlug { labels.append("product-\(product)") }
    labels += asked.map(Self.label).filter { !$0.isEmpty }
    if let ticketLabel { labels.append(ticketLabel) }
    var seen: Set<String> = []
    return labels.filter { seen.insert($0).inserted }
  }

  /// A text as a label: Jira takes no blanks in one.
  static func label(_ text: String) -> String {
    String(text.split(whereSeparator: \.isWhitespace).joined(separator: "-").prefix(longestLabel))
  }
}

extension TicketDraft {
  /// Most frames of the stack trace that are shown, innermost first.
  static let mostFrames = 20

  private static func description(
    _ issue: StoredSentryIssue, _ event: SentryEvent?, _ notes: String?
  ) -> AtlassianDocument {
    var document = AtlassianDocument()
    if let notes, !notes.isEmpty {
      document.append(contentsOf: AtlassianDocument(markdown: notes))
      document.append(.rule)
    }
    document.append(.paragraph(headline(issue)))
    document.append(.table(facts(issue, event).map { [$0.name, $0.value] }))
    for exception in event?.exceptions ?? [] {
      document.append(.heading(3, exception.title))
      let frames = exception.frames.suffix(mostFrames).reversed().map(\.line)
      if !frames.isEmpty { document.append(.codeBlock(frames.joined(separator: "\n"))) }
    }
    return document.limited()
  }

  private static func headline(_ issue: StoredSentryIssue) -> [AtlassianDocument.Inline] {
    let title = [issue.title, issue.culprit].compactMap(\.self).joined(separator: " in ")
    guard let permalink = issue.permalink else { return [.text("\(issue.shortID): \(title)")] }
    return [.link(issue.shortID, permalink), .text(": \(title)")]
  }

  private static func facts(_ issue: StoredSentryIssue, _ event: SentryEvent?)
    -> [(name: String, value: String)]
  {
    var facts = [
      ("Project", "\(issue.projectName) (\(issue.projectSlug))"),
      ("Level", issue.level),
      ("Events", String(issue.eventCount)),
      ("Users", String(issue.userCount)),
      ("First seen", issue.firstSeenAt.formatted(.iso8601)),
      ("Last seen", issue.lastSeenAt.formatted(.iso8601)),
    ]
    if let product = issue.productName { facts.insert(("Product", product), at: 0) }
    if let environment = event?.environment { facts.append(("Environment", environment)) }
    if let release = event?.release { facts.append(("Release", release)) }
    return facts
  }
}
