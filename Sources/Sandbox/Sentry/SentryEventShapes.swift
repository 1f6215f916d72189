import RESTClient

/// The shapes that events have. Seeded projects hold issues of each, and a person can raise more.
enum SentryEventShape: String, Sendable, CaseIterable {
  case exception, chain, minified, native, threads, message, csp, hpkp, expectct
  case performance, cron, uptime, feedback, anr, generic

  /// What a shape's issues and events have instead of a plain exception's members.
  struct Members: Sendable {
    /// Members of issues: `title`, `culprit`, `metadata`, `type`, `issueType`, `issueCategory`.
    var issue: [String: JSONValue] = [:]
    /// Members of an event: `entries`, `contexts`, `tags`, `occurrence` and others.
    var event: [String: JSONValue] = [:]
  }

  var members: Members { Self.all[self] ?? Members() }

  var title: String? { members.issue["title"]?.stringValue }

  private static let all: [SentryEventShape: Members] = {
    var all: [SentryEventShape: Members] = [:]
    for (shape, text) in SentryErrorShapes.texts.merging(
      SentryOtherShapes.texts, uniquingKeysWith: { $1 })
    {
      guard let json = try? JSONValue(parsing: Array(text.utf8)),
        case .object(let issue)? = json["issue"], case .object(let event)? = json["event"]
      else { preconditionFailure("The shape \(shape) is not valid JSON.") }
      all[shape] = Members(issue: issue, event: event)
    }
    return all
  }()

  /// Of the so-manieth seeded issue of a project: mostly plain exceptions, then each other shape once.
  static func seeded(_ number: Int) -> SentryEventShape {
    let others = allCases.dropFirst()
    let place = number % 20 - (20 - others.count)
    return place < 0 ? .exception : others[others.startIndex + place]
  }
}
