import Foundation
import RESTClient

/// One occurrence of an error. Events are not stored: an issue's count, its times and the event's
/// number among them give it.
struct SandboxSentryEvent: Sendable {
  /// Only so many of an issue's events are kept, the newest.
  static let kept = 20
  private static let numbersPerIssue: Int64 = 1_000_000

  let issue: SandboxSentryIssue
  /// From 1, the oldest.
  let number: Int

  var id: String {
    let number = issue.id * Self.numbersPerIssue + Int64(number) % Self.numbersPerIssue
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// The issue that an event's id names.
  static func issueID(of id: String) -> Int64? {
    guard id.count == 32, let number = Int64(id, radix: 16) else { return nil }
    return number / numbersPerIssue
  }

  static func oldest(of issue: SandboxSentryIssue) -> Int { max(1, issue.count - kept + 1) }

  /// The kept ones, newest first.
  static func all(of issue: SandboxSentryIssue) -> [SandboxSentryEvent] {
    guard issue.count > 0 else { return [] }
    return (oldest(of: issue)...issue.count).reversed().map {
      SandboxSentryEvent(issue: issue, number: $0)
    }
  }

  /// `latest`, `oldest`, `recommended`, or an id.
  static func find(_ name: String, of issue: SandboxSentryIssue) -> SandboxSentryEvent? {
    let events = all(of: issue)
    switch name {
    case "latest", "recommended": return events.first
    case "oldest": return events.last
    default: return events.first { $0.id == name }
    }
  }

  var date: Date {
    guard issue.count > 1 else { return issue.lastSeen }
    let share = Double(number - 1) / Double(issue.count - 1)
    return issue.firstSeen.addingTimeInterval(
      share * issue.lastSeen.timeIntervalSince(issue.firstSeen))
  }

  var release: String { "shop@3.14.\(issue.id % 20)" }

  var tags: [(key: String, value: String)] {
    [
      ("browser", number.isMultiple(of: 3) ? "Safari 19" : "Firefox 146"),
      ("environment", number.isMultiple(of: 5) ? "staging" : "production"),
      ("level", issue.level), ("release", release),
      ("url", "https://shop.example/checkout/\(number % 4)"),
    ]
  }
}

extension SentryJSON {
  /// As lists show it.
  func listedEvent(_ event: SandboxSentryEvent, _ project: SandboxSentryProject?) -> JSONValue {
    SentryConstants.complete(SentryConstants.listedEvent, .object(members(event, project)))
  }

  /// As it is shown alone: with its stack, and with its neighbours.
  func event(_ event: SandboxSentryEvent, _ project: SandboxSentryProject?) -> JSONValue {
    var object = members(event, project)
    let issue = event.issue
    let neighbours = SandboxSentryEvent.all(of: issue)
    object["nextEventID"] = JSONValue(neighbours.first { $0.number == event.number + 1 }?.id)
    object["previousEventID"] = JSONValue(neighbours.first { $0.number == event.number - 1 }?.id)
    object["dateReceived"] = .string(SandboxTime.sentry(event.date.addingTimeInterval(0.3)))
    object["entries"] = [
      ["type": "exception", "data": ["values": [exception(issue)], "hasSystemFrames": true]],
      ["type": "request", "data": request(event)],
    ]
    object["contexts"] = [
      "browser": ["type": "browser", "name": "Firefox", "version": "146.0"],
      "os": ["type": "os", "name": "Linux"],
    ]
    object["release"] = [
      "version": .string(event.release), "dateCreated": "2026-10-01T08:00:00.000000Z",
      "status": "open",
    ]
    object["fingerprints"] = [.string(Self.hash(of: issue))]
    object["size"] = 4096
    object.merge(issue.shape.members.event) { $1 }
    object.merge(issue.ownMembers.event) { $1 }
    object["tags"] = tags(event)
    return SentryConstants.complete(SentryConstants.event, .object(object))
  }

  /// A shape's own tags are pairs; what belongs to the event itself stays.
  private func tags(_ event: SandboxSentryEvent) -> JSONValue {
    let issue = event.issue
    let own = issue.ownMembers.event["tags"] ?? issue.shape.members.event["tags"]
    guard let own = own?.arrayValue else { return Self.tags(event.tags) }
    var tags = own.compactMap { tag -> (String, String)? in
      if let pair = tag.arrayValue, pair.count == 2, let key = pair[0].stringValue {
        return pair[1].stringValue.map { (key, $0) }
      }
      guard let key = tag["key"]?.stringValue else { return nil }
      return tag["value"]?.stringValue.map { (key, $0) }
    }
    if !tags.contains(where: { $0.0 == "release" }) { tags.append(("release", event.release)) }
    return Self.tags(tags)
  }

  private static func tags(_ tags: [(key: String, value: String)]) -> JSONValue {
    .array(tags.map { ["key": .string($0.key), "value": .string($0.value)] })
  }

  private func request(_ event: SandboxSentryEvent) -> JSONValue {
    [
      "method": "GET", "url": .string("https://shop.example/checkout/\(event.number % 4)"),
      "query": [["coupon", "SPRING"]], "fragment": .null, "data": .null,
      "headers": [["Authorization", "[Filtered]"], ["User-Agent", "Mozilla/5.0"]], "cookies": [],
      "env": .null, "inferredContentType": .null, "apiTarget": .null,
    ]
  }

  private func members(_ event: SandboxSentryEvent, _ project: SandboxSentryProject?)
    -> [String: JSONValue]
  {
    let issue = event.issue
    return [
      "id": .string(event.id), "eventID": .string(event.id), "groupID": .string(String(issue.id)),
      "projectID": .string(String(issue.projectID)), "title": .string(issue.title),
      "message": .string(issue.title), "platform": JSONValue(project?.platform), "type": "error",
      "event.type": "error", "culprit": .string(issue.culprit),
      "location": "app/views/checkout.py",
      "dateCreated": .string(SandboxTime.sentry(event.date)),
      "metadata": metadata(issue),
      "tags": tags(event),
      "user": ["id": .string(String(event.number % 900)), "ip_address": "192.0.2.7"],
    ]
  }

  private static let source: JSONValue = [
    [74, "def total(cart):"], [75, "    prices = [item.price for item in cart.items]"],
    [76, "    return sum(prices)"],
  ]

  private func exception(_ issue: SandboxSentryIssue) -> JSONValue {
    let functions = ["run", "dispatch", "call", "handle", "checkout", "total"]
    let frames = functions.enumerated().map { depth, function -> JSONValue in
      [
        "filename": depth < 3 ? "lib/framework/base.py" : "app/views/checkout.py",
        "function": .string(function), "module": "app.views", "lineNo": JSONValue(11 + depth * 13),
        "colNo": .null, "inApp": .bool(depth >= 3), "absPath": "/srv/app/views.py",
        "context": depth == 5 ? Self.source : [],
      ]
    }
    let parts = issue.title.split(separator: ":", maxSplits: 1).map(String.init)
    return [
      "type": .string(parts.first ?? "Error"),
      "value": .string(parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""),
      "mechanism": ["type": "generic", "handled": false],
      "stacktrace": ["frames": .array(frames)],
    ]
  }

  /// What the events of an issue have in common.
  static func hash(of issue: SandboxSentryIssue) -> String {
    String(format: "%032x", Int(issue.id) &* 0x9E37_79B9 & Int.max)
  }
}
