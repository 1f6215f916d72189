import RESTClient

/// Issues of a project that a run would have marked as deleted, were they not too many to do so unasked.
struct HeldDeletion: Sendable, Equatable {
  /// Keys that are named, as a sample.
  static let maxKeys = 10

  /// Jira's key or Sentry's slug.
  var project: String
  var issues: Int
  /// Live issues of the project.
  var of: Int
  var keys: [String]

  var json: JSONValue {
    .object([
      "project": .string(project), "issues": JSONValue(issues), "of": JSONValue(of),
      "keys": .array(keys.map(JSONValue.string)),
    ])
  }

  init(project: String, issues: Int, of: Int, keys: [String]) {
    self.project = project
    self.issues = issues
    self.of = of
    self.keys = Array(keys.prefix(Self.maxKeys))
  }

  init?(_ json: JSONValue) {
    guard let project = json["project"]?.stringValue, let issues = json["issues"]?.wholeNumber
    else { return nil }
    self.init(
      project: project, issues: issues, of: json["of"]?.wholeNumber ?? 0,
      keys: (json["keys"]?.arrayValue ?? []).compactMap(\.stringValue))
  }

  var sentence: String {
    "\(project): \(issues) of \(of) issues would be marked as deleted"
      + (keys.isEmpty
        ? "." : " (\(keys.joined(separator: ", "))\(issues > keys.count ? ", …" : "")).")
  }
}

/// Decides how many issues may be marked as deleted before a person has looked: deleted issues are mostly few, and
/// what makes many vanish at once is mostly something else.
enum DeletionGuard {
  /// As many are always deleted unasked, whatever share of the project they are.
  static let maxIssues = 20
  /// Of a project's live issues.
  static let maxShare = 0.05

  static func holds(_ count: Int, of live: Int) -> Bool {
    count > maxIssues && Double(count) > maxShare * Double(live)
  }
}

extension SyncRecorder {
  /// Whether so many issues of a project may be marked as deleted now. If not, they are held for a person to
  /// confirm, and nothing of them may be changed.
  func permits(deleting count: Int, of live: Int, project: String, keys: [String]) -> Bool {
    let known = confirmed.first { $0.project == project }?.issues ?? 0
    guard !isDryRun, DeletionGuard.holds(max(0, count - known), of: live) else { return true }
    progress.held.append(HeldDeletion(project: project, issues: count, of: live, keys: keys))
    return false
  }
}
