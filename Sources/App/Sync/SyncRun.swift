import Foundation

/// Which organization a sync reads.
package enum SyncSource: Sendable, Equatable {
  case jira(Int64)
  case sentry(Int64)

  var name: String {
    switch self {
    case .jira: "jira"
    case .sentry: "sentry"
    }
  }
}

/// A sync that is asked for.
package struct SyncRunRequest: Sendable {
  package var source: SyncSource
  package var full: Bool
  /// `manual`, `schedule`, `webhook` or `cli`.
  package var trigger: String
  package var dryRun: Bool
  package var force: Bool
  /// Keys (Jira) or slugs (Sentry); empty is all.
  package var projectKeys: [String]

  /// Whether everything is read again, not only what changed.
  var readsAll: Bool { full || force }

  package init(
    source: SyncSource, full: Bool, trigger: String, dryRun: Bool, force: Bool,
    projectKeys: [String]
  ) {
    self.source = source
    self.full = full
    self.trigger = trigger
    self.dryRun = dryRun
    self.force = force
    self.projectKeys = projectKeys
  }
}

/// A run that is to be done here.
struct ClaimedSyncRun: Sendable {
  var request: SyncRunRequest
  var memory: SyncMemory
  /// What an earlier try of it has read; it counts too.
  var earlier: SyncProgress
  /// Whether an earlier try has noted how far it came with its lists.
  var isResumed: Bool
  /// Whether somebody asked it to stop before it was taken up again.
  var isCancelled: Bool
  /// Deletions that a person has confirmed; nil: it was not held before.
  var confirmed: [HeldDeletion]?

  /// Whether it may do without reading the vendor's list of projects.
  var hasRecentProjects: Bool {
    guard !request.readsAll, request.projectKeys.isEmpty, confirmed == nil,
      let readAt = memory.projectsReadAt
    else {
      return false
    }
    return -readAt.timeIntervalSinceNow < SyncMemory.projectsLifetime
  }
}

/// What a run has done up to now.
package struct SyncProgress: Sendable, Equatable {
  /// Failures that are told one by one; more are only counted.
  static let maxFailures = 200

  /// One project or issue that failed, with the vendor's words.
  package struct Failure: Sendable, Equatable {
    /// nil: it concerns the whole organization.
    package var project: String?
    /// The issue's key or short id; nil: it concerns the whole project.
    package var issue: String?
    package var detail: String
  }

  package var projectsSynced = 0
  package var issuesSeen = 0
  package var issuesCreated = 0
  package var issuesUpdated = 0
  package var issuesUnchanged = 0
  package var issuesDeleted = 0
  /// Projects finished, well or not, and projects in all.
  package var done = 0
  package var total = 0
  package var failures: [Failure] = []
  /// Failures that are only counted.
  var untoldFailures = 0
  /// Whether the vendor refused the credentials.
  var isRefused = false
  /// What waits for a person before it is marked as deleted.
  var held: [HeldDeletion] = []

  /// Projects that failed as a whole.
  var failedProjects: Set<String> { Set(failures.filter { $0.issue == nil }.compactMap(\.project)) }

  mutating func add(_ failure: Failure) {
    if failures.count < Self.maxFailures { failures.append(failure) } else { untoldFailures += 1 }
  }

  mutating func add(_ changes: PageChanges) {
    issuesSeen += changes.seen
    issuesCreated += changes.created
    issuesUpdated += changes.updated
    issuesUnchanged += changes.unchanged
  }

  /// `succeeded`, `partial`, `failed` or `needs_confirmation`.
  var status: String {
    guard held.isEmpty else { return "needs_confirmation" }
    guard !failures.isEmpty else { return "succeeded" }
    // Lists that an anonymous visitor is shown are empty, and read without an error.
    if isRefused, issuesSeen == 0 { return "failed" }
    return projectsSynced > 0 ? "partial" : "failed"
  }
}
