import Foundation
import RESTClient

/// The organization's records as Sentry writes them.
struct SentryJSON: Sendable {
  let baseURL: String
  let slug: String

  func project(_ project: SandboxSentryProject, isDetailed: Bool = false) -> JSONValue {
    SentryConstants.complete(
      isDetailed ? SentryConstants.projectDetail : SentryConstants.project, members(project))
  }

  private func members(_ project: SandboxSentryProject) -> JSONValue {
    .object([
      "id": .string(String(project.id)), "slug": .string(project.slug),
      "name": .string(project.name), "platform": .string(project.platform),
      "dateCreated": .string("2025-01-10T08:00:00.000000Z"), "isBookmarked": .bool(false),
      "isMember": .bool(true), "hasAccess": .bool(true), "status": .string("active"),
      "features": .array([]), "firstEvent": .string("2025-01-10T09:00:00.000000Z"),
      "access": .array([]), "teams": .array([]), "environments": .array([]),
    ])
  }

  func organization(isDetailed: Bool = false) -> JSONValue {
    SentryConstants.complete(
      isDetailed ? SentryConstants.organizationDetail : SentryConstants.organization, members)
  }

  private var members: JSONValue {
    .object([
      "id": .string("4509001"), "slug": .string(slug), "name": .string("Sandbox \(slug)"),
      "status": .object(["id": .string("active"), "name": .string("active")]),
      "dateCreated": .string("2025-01-01T00:00:00.000000Z"), "isEarlyAdopter": .bool(false),
      "require2FA": .bool(false), "avatar": .object(["avatarType": .string("letter_avatar")]),
      "features": .array([]), "links": .object(["organizationUrl": .string(baseURL)]),
    ])
  }

  /// - Parameter withActivity: one issue carries its activity, lists do not.
  func issue(_ issue: SandboxSentryIssue, _ project: SandboxSentryProject?, withActivity: Bool)
    -> JSONValue
  {
    var object: [String: JSONValue] = [
      "id": .string(String(issue.id)), "shortId": .string(issue.shortID), "shareId": .null,
      "title": .string(issue.title), "culprit": .string(issue.culprit),
      "permalink": .string("\(baseURL)/organizations/\(slug)/issues/\(issue.id)/"),
      "logger": .null, "level": .string(issue.level), "status": .string(issue.status),
      "statusDetails": .object([:]), "substatus": JSONValue(issue.substatus),
      "isPublic": .bool(false), "platform": JSONValue(project?.platform),
      "type": .string("error"), "numComments": .integer(0), "assignedTo": .null,
      "isBookmarked": .bool(false), "isSubscribed": .bool(false), "subscriptionDetails": .null,
      "hasSeen": .bool(false), "annotations": .array([]), "isUnhandled": .bool(true),
      "count": .string(String(issue.count)), "userCount": JSONValue(issue.userCount),
      "firstSeen": .string(SandboxTime.sentry(issue.firstSeen)),
      "lastSeen": .string(SandboxTime.sentry(issue.lastSeen)),
      "metadata": .object([
        "title": .string(issue.title), "type": .string(Self.type(issue.title)),
        "value": .string(issue.title), "filename": .string("app/main.py"),
      ]),
    ]
    if let project {
      object["project"] = .object([
        "id": .string(String(project.id)), "slug": .string(project.slug),
        "name": .string(project.name), "platform": .string(project.platform),
      ])
    }
    if withActivity {
      object["activity"] = .array(
        issue.activity.enumerated().map { index, entry in
          .object([
            "id": .string(String(index)), "type": .string(entry.type), "user": .null,
            "data": .object([:]), "dateCreated": .string(SandboxTime.sentry(entry.date)),
          ])
        })
    }
    return SentryConstants.complete(
      withActivity ? SentryConstants.issue : SentryConstants.listedIssue, .object(object))
  }

  private static func type(_ title: String) -> String {
    title.split(separator: ":").first.map(String.init) ?? "Error"
  }

  func event(
    of issue: SandboxSentryIssue, _ project: SandboxSentryProject?, isListed: Bool = false
  ) -> JSONValue {
    SentryConstants.complete(
      isListed ? SentryConstants.listedEvent : SentryConstants.event, members(of: issue, project))
  }

  private func members(of issue: SandboxSentryIssue, _ project: SandboxSentryProject?) -> JSONValue
  {
    let eventID = String(format: "%032x", Int(issue.id) * 1000 + issue.count)
    let release = "shop@3.14.\(issue.id % 20)"
    let functions = ["run", "dispatch", "call", "handle", "checkout", "total"]
    let frames = functions.enumerated().map { depth, function -> JSONValue in
      .object([
        "filename": .string(depth < 3 ? "lib/framework/base.py" : "app/views/checkout.py"),
        "function": .string(function), "module": .string("app.views"),
        "lineNo": JSONValue(10 + depth * 13), "colNo": .null, "inApp": .bool(depth >= 3),
        "absPath": .string("/srv/app/views.py"), "context": .array([]),
      ])
    }
    let parts = issue.title.split(separator: ":", maxSplits: 1).map(String.init)
    let exception: JSONValue = .object([
      "type": .string(parts.first ?? "Error"),
      "value": .string(parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""),
      "stacktrace": .object(["frames": .array(frames)]),
    ])
    func tag(_ key: String, _ value: String) -> JSONValue {
      .object(["key": .string(key), "value": .string(value)])
    }
    return .object([
      "id": .string(eventID), "eventID": .string(eventID), "groupID": .string(String(issue.id)),
      "projectID": .string(String(issue.projectID)), "title": .string(issue.title),
      "message": .string(""), "platform": JSONValue(project?.platform), "type": .string("error"),
      "dateCreated": .string(SandboxTime.sentry(issue.lastSeen)),
      "dateReceived": .string(SandboxTime.sentry(issue.lastSeen)), "size": .integer(4096),
      "culprit": .string(issue.culprit), "location": .string("app/views/checkout.py"),
      "entries": .array([
        .object([
          "type": .string("exception"), "data": .object(["values": .array([exception])]),
        ])
      ]),
      "tags": .array([
        tag("environment", "production"), tag("level", issue.level), tag("release", release),
      ]),
      "contexts": .object(["browser": .object(["name": .string("Firefox")])]),
      "context": .object([:]), "user": .object(["id": .string("42")]),
      "release": .object(["version": .string(release)]), "errors": .array([]),
      "fingerprints": .array([.string("f\(issue.id)")]),
    ])
  }
}
