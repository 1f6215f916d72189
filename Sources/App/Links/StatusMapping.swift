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
    case status(String)
    case nothing
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

  /// A resolution says more than a status, and that more than its category.
  func action(status: String?, category: String, resolution: String?) -> SentryAction {
    if let resolution, let action = jiraToSentry["resolution:\(resolution.lowercased())"] {
      return action
    }
    if let status, let action = jiraToSentry["status:\(status.lowercased())"] { return action }
    return jiraToSentry[category] ?? .nothing
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
      self = .status(String(text.dropFirst(7)))
    }
  }

  var text: String {
    switch self {
    case .category(let category): category
    case .open: "open"
    case .status(let name): "status:\(name)"
    case .nothing: "nothing"
    }
  }

  func isMet(status: String, category: String) -> Bool {
    switch self {
    case .category(let wanted): category == wanted
    case .open: category != "done"
    case .status(let wanted): status.lowercased() == wanted.lowercased()
    case .nothing: true
    }
  }
}
