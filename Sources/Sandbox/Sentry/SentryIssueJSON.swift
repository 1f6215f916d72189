import Foundation
import RESTClient

/// In which answer an issue is written.
enum SentryIssueShape: Sendable {
  /// - Parameters:
  ///   - window: nil: with the numbers of the issue's whole life.
  ///   - hasSeries: whether its events are counted by the hour.
  case listed(SentryWindow? = nil, hasSeries: Bool = true)
  /// Alone, with its activity.
  case single
  /// The answer to a change, and what webhooks carry.
  case changed
}

/// An issue as Sentry writes it.
extension SentryJSON {
  /// - Parameter expand: what is sent only where it is requested, for example `integrationIssues`.
  func issue(
    _ issue: SandboxSentryIssue, _ project: SandboxSentryProject?, _ shape: SentryIssueShape,
    expand: [String] = []
  ) -> JSONValue {
    guard case .object(var object) = described(issue, project, shape) else { return .null }
    if expand.contains("integrationIssues") {
      object["integrationIssues"] = .array(issue.integrationIssues.map(integrationIssue))
    }
    if expand.contains("sentryAppIssues") {
      object["sentryAppIssues"] = .array(issue.externalIssues.map { $0.json(of: issue.id) })
    }
    for (name, value) in issue.overrides {
      object[name] = value == "{{missing}}" ? nil : value
    }
    return .object(object)
  }

  private func described(
    _ issue: SandboxSentryIssue, _ project: SandboxSentryProject?, _ shape: SentryIssueShape
  ) -> JSONValue {
    var object = members(issue, project)
    switch shape {
    case .single:
      object["activity"] = .array(activity(issue))
      object["seenBy"] = [user(SandboxSentryUser.all[0])]
      object["participants"] = issue.comments.isEmpty ? [] : [user(SandboxSentryUser.all[0])]
      return SentryConstants.complete(SentryConstants.issue, .object(object))
    case .changed:
      return SentryConstants.complete(SentryConstants.issue, .object(object))
    case .listed(let window, let hasSeries):
      object["lifetime"] = .object(Self.counts(issue.seen))
      object.merge(Self.counts(window.map(issue.seen(in:)) ?? issue.seen)) { $1 }
      if hasSeries { object["stats"] = ["24h": .array(hours(issue))] }
    }
    object["inbox"] = [
      "reason": issue.substatus == "regressed" ? 2 : 0, "reason_details": .null,
      "date_added": .string(SandboxTime.sentry(issue.firstSeen)),
    ]
    object["owners"] = [
      "type": "ownershipRule", "owner": .string("team:\(SandboxSentryTeam.all[0].id)"),
      "date_added": .string(SandboxTime.sentry(issue.firstSeen)),
    ]
    object["derivedData"] = [
      "blocker": "none", "progress": "not_started", "status": .string(issue.status),
      "viewCount": 0, "hasOpenFixPr": false, "hasRootCause": false,
      "isAssigned": .bool(issue.owner != nil), "lastCompletedAutofixStep": "none",
      "lastProgressedAt": .null,
    ]
    return SentryConstants.complete(SentryConstants.listedIssue, .object(object))
  }

  private static func counts(_ seen: SandboxSeen) -> [String: JSONValue] {
    [
      "count": .string(String(seen.count)), "userCount": JSONValue(seen.userCount),
      "firstSeen": .string(SandboxTime.sentry(seen.first)),
      "lastSeen": .string(SandboxTime.sentry(seen.last)),
    ]
  }

  private func members(_ issue: SandboxSentryIssue, _ project: SandboxSentryProject?)
    -> [String: JSONValue]
  {
    func flag(_ name: String) -> JSONValue { .bool(issue.flags[name] ?? false) }
    var object: [String: JSONValue] = [
      "id": .string(String(issue.id)), "shortId": .string(issue.shortID), "shareId": .null,
      "title": .string(issue.title), "culprit": .string(issue.culprit),
      "permalink": .string("\(baseURL)/organizations/\(slug)/issues/\(issue.id)/"),
      "logger": .null, "level": .string(issue.level), "status": .string(issue.status),
      "statusDetails": .object(issue.statusDetails), "substatus": JSONValue(issue.substatus),
      "platform": JSONValue(project?.platform), "type": "error", "issueType": "error",
      "issueCategory": "error", "priority": .string(priority(issue)),
      "numComments": JSONValue(issue.comments.count), "assignedTo": issue.owner?.json ?? .null,
      "hasSeen": flag("hasSeen"), "isBookmarked": flag("isBookmarked"),
      "isPublic": flag("isPublic"), "isSubscribed": flag("isSubscribed"),
      "subscriptionDetails": .null, "isUnhandled": true,
      "metadata": metadata(issue),
      "annotations": .array(links(issue.externalIssues + issue.integrationIssues)),
    ]
    object.merge(Self.counts(issue.seen)) { $1 }
    if let project {
      object["project"] = [
        "id": .string(String(project.id)), "slug": .string(project.slug),
        "name": .string(project.name), "platform": .string(project.platform),
      ]
    }
    object.merge(issue.shape.members.issue) { $1 }
    object["title"] = .string(issue.title)
    return object.merging(issue.ownMembers.issue) { $1 }
  }

  func metadata(_ issue: SandboxSentryIssue) -> JSONValue {
    let type = issue.title.split(separator: ":").first.map(String.init) ?? "Error"
    return [
      "title": .string(issue.title), "type": .string(type), "value": .string(issue.title),
      "filename": "app/views/checkout.py", "function": "checkout",
    ]
  }

  private func priority(_ issue: SandboxSentryIssue) -> String {
    if let priority = issue.priority { return priority }
    switch issue.level {
    case "fatal", "error": return "high"
    case "warning": return "medium"
    default: return "low"
    }
  }

  /// Which integration recorded which ticket; the ticket's address is among the annotations only.
  private func integrationIssue(_ issue: SandboxExternalIssue) -> JSONValue {
    [
      "id": .string(String(issue.id)), "key": .string(issue.displayName), "title": .null,
      "description": .null, "displayName": "", "integrationKey": .string(issue.service),
      "integrationName": "Acme Jira",
    ]
  }

  private func links(_ issues: [SandboxExternalIssue]) -> [JSONValue] {
    issues.map { ["displayName": .string($0.displayName), "url": .string($0.webURL)] }
  }

  /// Status changes and comments, newest first, and at the end its beginning.
  private func activity(_ issue: SandboxSentryIssue) -> [JSONValue] {
    let changes = issue.activity.enumerated().map { index, entry -> (Date, JSONValue) in
      (
        entry.date,
        [
          "id": .string(String(index + 1)), "type": .string(entry.type), "user": user(entry.cause),
          "sentry_app": entry.cause == .integration ? ["slug": "issuebridge-1"] : .null,
          "data": [:], "dateCreated": .string(SandboxTime.sentry(entry.date)),
        ]
      )
    }
    let notes = issue.comments.map { ($0.date, note($0)) }
    return (changes + notes).sorted { $0.0 > $1.0 }.map(\.1) + [
      [
        "id": "0", "type": "first_seen", "user": .null, "data": ["priority": "high"],
        "dateCreated": .string(SandboxTime.sentry(issue.firstSeen)),
      ]
    ]
  }

  /// What a person does has a name; what Sentry does by itself has none.
  private func user(_ cause: SandboxSentryIssue.Cause) -> JSONValue {
    cause == .itself ? .null : user(SandboxSentryUser.all[0])
  }

  /// Events of the last day by the hour: epoch seconds and a count.
  private func hours(_ issue: SandboxSentryIssue) -> [JSONValue] {
    let hour = Int(Date().timeIntervalSince1970) / 3600
    let age = hour - Int(issue.lastSeen.timeIntervalSince1970) / 3600
    return (0..<24).reversed().map { back in
      [JSONValue((hour - back) * 3600), JSONValue(back == age ? min(issue.count, 12) : 0)]
    }
  }
}
