import Cryptography
import Foundation

/// A stored project of either vendor, as syncs read it.
protocol SyncedProject: Sendable {
  var id: Int64 { get }
  /// What people name it by: Jira's key, Sentry's slug.
  var handle: String { get }
  /// Up to when all its changes are known to be stored; nil: it has to be read whole.
  var watermark: Date? { get }
}

/// One list that a sync reads.
enum SyncTask<Project: SyncedProject>: Sendable {
  /// All issues of a project.
  case project(Project)
  /// What changed in projects that were read whole before.
  case changes(of: [Project], since: Date)

  /// As few lists as can be: what changed in many projects is one list.
  ///
  /// - Parameters:
  ///   - most: projects that the vendor is asked for at once.
  ///   - seconds: projects whose watermarks are further apart are asked for apart.
  static func tasks(
    for projects: [Project], readsAll: Bool, most: Int, within seconds: Double = .infinity
  ) -> [SyncTask] {
    var tasks: [SyncTask] = []
    var known: [(project: Project, watermark: Date)] = []
    for project in projects {
      if !readsAll, let watermark = project.watermark {
        known.append((project, watermark))
      } else {
        tasks.append(.project(project))
      }
    }
    var group: [Project] = []
    var since = Date.distantPast
    for (project, watermark) in known.sorted(by: { $0.watermark < $1.watermark }) {
      let fits = group.count < most && watermark.timeIntervalSince(since) <= seconds
      if !group.isEmpty, !fits {
        tasks.append(.changes(of: group, since: since))
        group = []
      }
      if group.isEmpty { since = watermark }
      group.append(project)
    }
    if !group.isEmpty { tasks.append(.changes(of: group, since: since)) }
    return tasks
  }

  var projects: [Project] {
    switch self {
    case .project(let project): [project]
    case .changes(let projects, _): projects
    }
  }

  /// Unique in a run, and the same when the run is taken up again. A list of other projects has
  /// another name: what was asked under a name is asked again.
  var name: String {
    switch self {
    case .project(let project): return "project \(project.id)"
    case .changes(let projects, _):
      let ids = projects.map { String($0.id) }.joined(separator: ",")
      return "changes \(SHA256Digest.hex(of: ids.utf8))"
    }
  }
}

extension SyncRecorder {
  /// The projects that a run was asked for by their handles, all without any. One that is not there is
  /// a failure of the run.
  func choose<Project: SyncedProject>(_ handles: [String], among all: [Project]) -> [Project] {
    guard !handles.isEmpty else { return all }
    for handle in handles where !all.contains(where: { $0.handle == handle }) {
      fail(
        project: nil, "There is no project \(handle) that may be synced in this organization.")
    }
    return all.filter { handles.contains($0.handle) }
  }
}
