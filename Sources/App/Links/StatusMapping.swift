/// How statuses are carried over a link. Pure.
struct StatusMapping: Sendable, Equatable {
  /// What a ticket's state asks of the Sentry issue.
  enum SentryAction: String, Sendable, CaseIterable {
    case resolve
    case resolveInNextRelease = "resolve_in_next_release"
    case archive, unresolve, nothing
  }

  /// Where a Sentry issue's status wants the ticket.
  enum JiraTarget: Sendable, Equatable {
    /// `new`, `indeterminate` or `done`.
    case category(String)
    /// Any status that is not done, for a ticket that is.
    case open
    case status(StatusName)
    case nothing
  }

  /// A status as a person wrote it, with the ids it had in Jira then: those stay when it is renamed, and
  /// are the same in every language.
  struct StatusName: Sendable, Equatable, ExpressibleByStringLiteral {
    var name: String
    var ids: Set<String> = []

    init(_ name: String, ids: Set<String> = []) {
      self.name = name
      self.ids = ids
    }
    init(stringLiteral name: String) { self.init(name) }

    func isThat(id: String?, name other: String) -> Bool {
      if let id, ids.contains(id) || id == name { return true }
      return other.lowercased() == name.lowercased()
    }
  }

  /// What Jira calls something, and its id there.
  struct JiraName: Sendable, Equatable {
    var id: String
    var name: String
  }

  /// Who is followed when both sides changed.
  enum ConflictPolicy: String, Sendable, CaseIterable {
    case latestWins = "latest_wins"
    case jiraWins = "jira_wins"
    case sentryWins = "sentry_wins"
  }

  static let categories = ["new", "indeterminate", "done"]

  /// By `new`, `indeterminate`, `done`, `status:<name>` or `resolution:<name>`, in lower case.
  var jiraToSentry: [String: SentryAction] = [
    "done": .resolve, "new": .unresolve, "indeterminate": .unresolve,
  ]
  /// By `resolved`, `unresolved`, `ignored`.
  var sentryToJira: [String: JiraTarget] = [
    "resolved": .category("done"), "unresolved": .open, "ignored": .nothing,
  ]
  var conflictPolicy = ConflictPolicy.latestWins
  /// How long a done ticket is reopened by a regression; after that a new one is made. nil: always.
  var reopenWindowDays: Int? = 30
  /// Whether an archived Sentry issue is left alone, whatever becomes of its ticket.
  var keepsArchived = true

  /// The ids that Jira had for the names above when the mapping was saved, by `status:<name>` and
  /// `resolution:<name>` in lower case; projects may have several statuses of one name.
  var jiraIDs: [String: Set<String>] = [:]
  /// What to say where a transition to a completed status requires a resolution.
  var defaultResolution: JiraName?

  /// Whether statuses or resolutions are told apart, not only categories.
  var namesStatuses: Bool { jiraToSentry.keys.contains { $0.contains(":") } }

  /// A resolution says more than a status, and that more than its category.
  func action(
    status: String?, statusID: String? = nil, category: String, resolution: String?,
    resolutionID: String? = nil
  ) -> SentryAction {
    named("resolution:", resolution, resolutionID) ?? named("status:", status, statusID)
      ?? jiraToSentry[category] ?? .nothing
  }

  /// By id first: the name may have gone to another since.
  private func named(_ kind: String, _ name: String?, _ id: String?) -> SentryAction? {
    if let id {
      let known = jiraIDs.filter { $0.key.hasPrefix(kind) && $0.value.contains(id) }.keys.min()
      if let action = known.flatMap({ jiraToSentry[$0] }) ?? jiraToSentry[kind + id] {
        return action
      }
    }
    return name.flatMap { jiraToSentry[kind + $0.lowercased()] }
  }

  func target(sentryStatus: String) -> JiraTarget { sentryToJira[sentryStatus] ?? .nothing }
}

extension StatusMapping.SentryAction {
  /// Sentry's status afterwards; nil: none is asked for.
  var sentryStatus: String? {
    switch self {
    case .resolve, .resolveInNextRelease: "resolved"
    case .archive: "ignored"
    case .unresolve: "unresolved"
    case .nothing: nil
    }
  }
}

extension StatusMapping.JiraTarget {
  /// - Parameter text: a category, `open`, `nothing` or `status:<name>`.
  init?(_ text: String) {
    switch text {
    case "open": self = .open
    case "nothing": self = .nothing
    case "new", "indeterminate", "done": self = .category(text)
    default:
      guard text.hasPrefix("status:"), text.count > 7, text.count <= 200 else { return nil }
      self = .status(StatusMapping.StatusName(String(text.dropFirst(7))))
    }
  }

  var text: String {
    switch self {
    case .category(let category): category
    case .open: "open"
    case .status(let status): "status:\(status.name)"
    case .nothing: "nothing"
    }
  }

  func isMet(status: String, id: String? = nil, category: String) -> Bool {
    switch self {
    case .category(let wanted): category == wanted
    case .open: category != "done"
    case .status(let wanted): wanted.isThat(id: id, name: status)
    case .nothing: true
    }
  }
}
