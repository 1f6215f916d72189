import Foundation
import RESTClient

/// What a delivery asks of us. A webhook is taken as news that something changed, not as the change:
/// what it carries may be late, cut or in an old form, so the issue is read from the vendor.
enum DeliveryContent: Sendable, Equatable {
  /// The issue with this id or key is to be read again.
  case issue(String)
  /// The vendor says the issue is deleted.
  case deletedIssue(String)
  /// The list of projects is to be read again, of which this one changed.
  case project(Int64)
  /// The vendor says that the project is deleted, for good or for now.
  case deletedProject(Int64)
  /// Nothing is to be done, because…
  case nothing(String)
}

/// Reads Jira's deliveries: Cloud's and old Server's, with members missing, unknown or of other types.
enum JiraDelivery {
  private struct Issue: Decodable {
    var reference: String?
    var updated: Date?

    private enum CodingKeys: String, CodingKey { case id, key, fields }
    private struct Fields: Decodable {
      var updated: String?

      private enum CodingKeys: String, CodingKey { case updated }
      init(from decoder: any Decoder) throws {
        updated = try decoder.container(keyedBy: CodingKeys.self).lenientText(.updated)
      }
    }
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      updated = container.optional(Fields.self, .fields)?.updated.flatMap(VendorTimestamp.parse)
      reference = [container.lenientText(.id), container.lenientText(.key)].compactMap(\.self)
        .first { !$0.isEmpty && $0.utf8.count <= 100 }
    }
  }
  private struct Body: Decodable {
    var event: String?
    var issue: Issue?
    var project: Project?

    private enum CodingKeys: String, CodingKey { case webhookEvent, issue, project }
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      event = container.lenientText(.webhookEvent)
      issue = container.optional(Issue.self, .issue)
      project = container.optional(Project.self, .project)
    }
  }
  private struct Project: Decodable {
    var id: Int64?

    private enum CodingKeys: String, CodingKey { case id }
    init(from decoder: any Decoder) throws {
      id = try decoder.container(keyedBy: CodingKeys.self).lenientInt64OrNil(.id)
    }
  }

  static func content(of bytes: [UInt8]) -> DeliveryContent {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(VendorJSON.readable(bytes)))
    else {
      return .nothing("The body is no JSON object.")
    }
    if let event = body.event, event.hasPrefix("project_"), let id = body.project?.id {
      return deletions.contains(event) ? .deletedProject(id) : .project(id)
    }
    guard let reference = body.issue?.reference else {
      return .nothing(reason(event: body.event))
    }
    return body.event == "jira:issue_deleted" ? .deletedIssue(reference) : .issue(reference)
  }

  private static let deletions: Set = ["project_deleted", "project_soft_deleted"]

  /// When the delivery says that its issue was last updated.
  static func updated(of bytes: [UInt8]) -> Date? {
    (try? JSONDecoder().decode(Body.self, from: Data(VendorJSON.readable(bytes))))?.issue?.updated
  }

  private static func reason(event: String?) -> String {
    guard let event else { return "The body names neither an event nor an issue." }
    let kinds = [
      ("comment", "Comments are not kept, and the delivery names no issue."),
      ("worklog", "Work logs are not kept, and the delivery names no issue."),
      ("issuelink", "Links between Jira issues are not kept."),
      ("project", "The delivery names no project."),
      ("user", "Users are not kept."), ("jira:version", "Versions are not kept."),
      ("sprint", "Sprints are not kept."), ("board", "Boards are not kept."),
    ]
    return kinds.first { event.hasPrefix($0.0) }?.1
      ?? "The delivery '\(event.prefix(100))' names no issue."
  }
}

/// Reads Sentry's deliveries.
enum SentryDelivery {
  private struct Reference: Decodable {
    var id: String?
    var issueID: String?

    private enum CodingKeys: String, CodingKey {
      case id
      case issueID = "issue_id"
    }
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      id = container.lenientText(.id)
      issueID = container.lenientText(.issueID)
    }
  }
  private struct Content: Decodable {
    var issue: Reference?
    var event: Reference?
    var kinds: Set<String>

    private struct AnyKey: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      issue = container.optional(Reference.self, AnyKey(stringValue: "issue"))
      event = container.optional(Reference.self, AnyKey(stringValue: "event"))
      kinds = Set(container.allKeys.map(\.stringValue))
    }
  }
  private struct Body: Decodable {
    var content: Content?

    private enum CodingKeys: String, CodingKey { case data }
    init(from decoder: any Decoder) throws {
      content = try decoder.container(keyedBy: CodingKeys.self).optional(Content.self, .data)
    }
  }

  static func content(of bytes: [UInt8]) -> DeliveryContent {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(VendorJSON.readable(bytes)))
    else {
      return .nothing("The body is no JSON object.")
    }
    guard let content = body.content else {
      return .nothing(
        "This is not an internal integration's webhook; the old webhooks plugin is not read.")
    }
    if let id = content.issue?.id, Int64(id) != nil { return .issue(id) }
    // An alert tells of an issue, perhaps of one that is not known yet.
    if let id = content.event?.issueID, Int64(id) != nil { return .issue(id) }
    let kinds = [
      ("comment_id", "Comments are not kept."), ("error", "Single errors are not kept."),
      ("event", "The alert's event names no issue."),
      ("metric_alert", "Metric alerts are about no issue."),
      ("installation", "The integration was installed or removed; no issue is named."),
      ("run_id", "Seer's findings are not kept."),
    ]
    return .nothing(
      kinds.first { content.kinds.contains($0.0) }?.1 ?? "The delivery names no issue.")
  }
}
