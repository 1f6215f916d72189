import JiraClient

/// Which issue type a new ticket gets: the one that the request names, else the project's default,
/// else a standard one. Pure.
struct IssueTypeChoice: Sendable, Equatable {
  /// Types tried in turn when nothing names one, by their untranslated names.
  static let preferred = ["Bug", "Task"]

  /// A name or an id; nil: not in the request.
  var requested: String?

  /// - Throws: a 422 that names the types there are; a 409 when the project's default is of no use.
  func type(among types: [JiraIssueType], of project: StoredJiraProject) throws -> JiraIssueType {
    if let requested {
      if let type = Self.find(requested, types) { return type }
      throw Problem.invalid(
        "/issue_type",
        "The Jira project has no issue type '\(requested)'; it has \(Self.names(types)).")
    }
    if let name = project.defaultIssueType {
      return try Self.defaultType(name, project.defaultIssueTypeID, types, project)
    }
    let standard = types.filter(\.isStandard)
    for name in Self.preferred {
      if let type = standard.first(where: { $0.untranslatedName == name || $0.name == name }) {
        return type
      }
    }
    guard let first = standard.first else {
      throw Problem.conflict(
        "no-issue-type",
        "This account may create no standard type of issue in the Jira project \(project.key).")
    }
    return first
  }

  private static func defaultType(
    _ name: String, _ id: String?, _ types: [JiraIssueType], _ project: StoredJiraProject
  ) throws -> JiraIssueType {
    // A name that was never resolved, or whose type was replaced by another one of that name.
    let found = types.first { $0.id == id } ?? find(name, types)
    let standard = types.filter(\.isStandard)
    let advice =
      "Change `default_issue_type` of the project (it has \(names(standard))), or give an "
      + "`issue_type`."
    guard let found else {
      throw refusal(
        "Jira no longer has the `default_issue_type` '\(name)' of the Jira project "
          + "\(project.key). \(advice)", project)
    }
    guard !found.isSubtask else {
      throw refusal(
        "The `default_issue_type` '\(name)' of the Jira project \(project.key) is a sub-task type, "
          + "which needs a parent. \(advice)", project)
    }
    return found
  }

  private static func refusal(_ detail: String, _ project: StoredJiraProject) -> Problem {
    var problem = Problem.conflict("default-not-usable", detail)
    problem.members["conflicting"] = project.reference
    return problem
  }

  /// By id, by the name in the account's language, or by the untranslated one.
  static func find(_ name: String, _ types: [JiraIssueType]) -> JiraIssueType? {
    let wanted = name.lowercased()
    return types.first { $0.id == name } ?? types.first { $0.name.lowercased() == wanted }
      ?? types.first { $0.untranslatedName?.lowercased() == wanted }
  }

  static func names(_ types: [JiraIssueType]) -> String {
    types.map(\.name).joined(separator: ", ")
  }
}
