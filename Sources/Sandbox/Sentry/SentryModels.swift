import Foundation
import RESTClient

struct SandboxSentryProject: Sendable {
  var id: Int64
  var slug: String
  var name: String
  var platform: String
  var nextNumber = 1
  var presence = Presence.visible

  enum Presence: String, Sendable {
    case visible
    /// The token lost access to it.
    case hidden
    case deleted
  }
}

struct SandboxSentryIssue: Sendable {
  var id: Int64
  var projectID: Int64
  var shortID: String
  var title: String
  var culprit: String
  var level: String
  var status = "unresolved"
  var substatus: String? = "ongoing"
  var firstSeen: Date
  var lastSeen: Date
  var count: Int
  var userCount: Int
  var activity: [(type: String, cause: Cause, date: Date)] = []
  var comments: [SandboxSentryNote] = []
  /// What a status was set with, for example the release that ends it.
  var statusDetails: [String: JSONValue] = [:]
  var owner: SandboxSentryOwner?
  /// `low`, `medium` or `high`; nil: by the level.
  var priority: String?
  /// What its events look like.
  var shape = SentryEventShape.exception
  /// Members of its JSON, and of its events' JSON, in place of what its shape has.
  var ownMembers = SentryEventShape.Members()
  /// Things people set and nothing else depends on.
  var flags: [String: Bool] = [:]

  /// Shown by installed apps, at most one per app.
  var externalIssues: [SandboxExternalIssue] = []
  /// Linked through Sentry's own integration.
  var integrationIssues: [SandboxExternalIssue] = []
  /// Members written as they are given here, whatever they would be otherwise.
  var overrides: [String: JSONValue] = [:]

  /// Who changed a status: Sentry writes no name where it did so by itself.
  enum Cause: Sendable { case person, integration, itself }

  /// Sentry answers 404 for it, and lists it only by its id.
  var isLeaving: Bool { ["pending_deletion", "pending_merge"].contains(status) }
}

/// A ticket elsewhere that Sentry shows at an issue.
struct SandboxExternalIssue: Sendable {
  var id: Int64
  /// The slug of the app, or the key of Sentry's own integration.
  var service: String
  var displayName: String
  var webURL: String
}

/// An app of another vendor that the organization has installed.
struct SandboxSentryApp: Sendable {
  var slug: String
  var installation: String
}

/// A person's comment.
struct SandboxSentryNote: Sendable {
  var id: Int64
  var text: String
  var date: Date
}

/// Sentry's timers, as the sandbox's people start them.
enum SentryTimer: String, CaseIterable, Sendable {
  case resolveByAge = "resolve_by_age"
  case setOngoing = "set_ongoing"
}

/// Everything a look-alike organization holds. A value: it lives behind one lock.
struct SentryState: Sendable {
  var projects: [Int64: SandboxSentryProject] = [:]
  var issues: [Int64: SandboxSentryIssue] = [:]
  /// Newest first, by project.
  var idsByProject: [Int64: [Int64]] = [:]
  var nextID: Int64 = 6_000_000
  /// Whether the token belongs to an internal integration that may show tickets.
  var isInstalled = true
  var webhook: (url: String, secret: String)?
  var hooks: [SandboxServiceHook] = []
  /// Where merged issues live on, by their former ids.
  var redirects: [Int64: Int64] = [:]
  /// Installed beside our own integration.
  var otherApps: [SandboxSentryApp] = []
  var settings = SentrySettings()
  /// Series of events that lists were made to count, one for each issue.
  var computedSeries = 0
  /// Whether a text holds `{{half}}`, which is written as half of a surrogate pair.
  var hasHalves = false

  var visibleProjects: [SandboxSentryProject] {
    projects.values.filter { $0.presence == .visible }
  }

  func isVisible(_ issue: SandboxSentryIssue) -> Bool {
    projects[issue.projectID]?.presence == .visible
  }

  mutating func makeID() -> Int64 {
    nextID += 1
    return nextID
  }

  func project(_ idOrSlug: String) -> SandboxSentryProject? {
    if let id = Int64(idOrSlug) { return projects[id] }
    return projects.values.first { $0.slug == idOrSlug }
  }

  func issue(_ idOrShortID: String) -> SandboxSentryIssue? {
    if let id = Int64(idOrShortID) { return issues[id] ?? redirects[id].flatMap { issues[$0] } }
    return issues.values.first { $0.shortID == idOrShortID.uppercased() }
  }

  /// Merges an issue into another, which counts for both from then on.
  mutating func merge(_ id: Int64, into other: Int64) {
    guard id != other, issues[other] != nil, let gone = issues.removeValue(forKey: id) else {
      return
    }
    issues[other]?.count += gone.count
    for (from, to) in redirects where to == id { redirects[from] = other }
    redirects[id] = other
    idsByProject[gone.projectID]?.removeAll { $0 == id }
  }

  /// Shows an app's ticket at an issue, in place of the one that the app showed there before.
  ///
  /// - Returns: nil when there is no such issue.
  mutating func show(_ name: String, _ url: String, by service: String, at id: Int64)
    -> SandboxExternalIssue?
  {
    guard let issue = issues[id] else { return nil }
    let former = issue.externalIssues.firstIndex { $0.service == service }
    let external = SandboxExternalIssue(
      id: former.map { issue.externalIssues[$0].id } ?? makeID(), service: service,
      displayName: name, webURL: url)
    if let former {
      issues[id]?.externalIssues[former] = external
    } else {
      issues[id]?.externalIssues.append(external)
    }
    return external
  }

  mutating func insert(_ issue: SandboxSentryIssue) {
    issues[issue.id] = issue
    idsByProject[issue.projectID, default: []].append(issue.id)
    projects[issue.projectID]?.nextNumber += 1
  }

  mutating func age(_ id: Int64, days: Int) {
    guard let issue = issues[id] else { return }
    let seen = Date(timeIntervalSinceNow: -Double(days) * 86_400)
    issues[id]?.lastSeen = seen
    issues[id]?.firstSeen = min(issue.firstSeen, seen)
  }

  mutating func remove(_ id: Int64) {
    guard let issue = issues.removeValue(forKey: id) else { return }
    idsByProject[issue.projectID]?.removeAll { $0 == id }
  }

  /// Changes the status, as a person, a client or a new event does.
  mutating func setStatus(
    _ id: Int64, _ status: String, substatus: String?, activity: String,
    by cause: SandboxSentryIssue.Cause = .person
  ) {
    issues[id]?.status = status
    issues[id]?.substatus = substatus
    issues[id]?.statusDetails = [:]
    issues[id]?.activity.insert((activity, cause, Date()), at: 0)
  }

  /// What time alone does: an issue without events is resolved, a new one is called ongoing, and one that
  /// was archived for a while comes back.
  ///
  /// - Returns: the webhook's action, where Sentry tells of it; nil for a timer that does not apply.
  mutating func runTimer(_ id: Int64, _ timer: SentryTimer) -> String? {
    guard let issue = issues[id] else { return nil }
    switch timer {
    case .resolveByAge:
      guard issue.status == "unresolved" else { return nil }
      setStatus(id, "resolved", substatus: nil, activity: "set_resolved_by_age", by: .itself)
      return "resolved"
    case .setOngoing:
      guard issue.status != "resolved" else { return nil }
      setStatus(
        id, "unresolved", substatus: "ongoing", activity: "auto_set_ongoing", by: .itself)
      return issue.status == "unresolved" ? nil : "unresolved"
    }
  }

  /// A new event: it reopens a resolved issue.
  ///
  /// - Returns: whether it did.
  mutating func addEvent(_ id: Int64) -> Bool {
    guard let issue = issues[id] else { return false }
    issues[id]?.count += 1
    issues[id]?.lastSeen = Date()
    guard issue.status == "resolved" else { return false }
    setStatus(
      id, "unresolved", substatus: "regressed", activity: "set_regression", by: .itself)
    return true
  }

  mutating func raise(
    _ title: String, level: String, project: SandboxSentryProject,
    shape: SentryEventShape = .exception, members: SentryEventShape.Members = .init()
  ) -> SandboxSentryIssue {
    let now = Date()
    var issue = SandboxSentryIssue(
      id: makeID(), projectID: project.id,
      shortID: "\(project.slug.uppercased())-\(project.nextNumber)", title: title,
      culprit: "app/main in handle", level: level, firstSeen: now, lastSeen: now, count: 1,
      userCount: 1)
    issue.substatus = "new"
    issue.shape = shape
    issue.ownMembers = members
    insert(issue)
    return issue
  }
}
