import JiraClient
import RESTClient

/// Which priority a new ticket gets: the one that the request names, else the project's default. Pure.
struct PriorityChoice: Sendable, Equatable {
  /// A name or an id; nil: not in the request.
  var requested: String?

  /// - Parameter field: of the create screen; nil where the project has no priorities.
  /// - Returns: the value of Jira's field; nil: Jira decides.
  /// - Throws: a 422 that names the priorities there are; a 409 when the project's default is of no
  ///   use.
  func value(_ field: JiraField?, of project: StoredJiraProject) throws -> JSONValue? {
    if let requested {
      guard let field else {
        throw Problem.invalid("/priority", "The Jira project has no priority field; leave it out.")
      }
      guard let id = Self.find(requested, field) else {
        throw Problem.invalid(
          "/priority",
          "Jira offers no priority '\(requested)' here; it offers \(Self.names(field)).")
      }
      return ["id": .string(id)]
    }
    guard let name = project.defaultPriority, let field else { return nil }
    let known = field.allowedValues.contains { $0["id"]?.stringValue == project.defaultPriorityID }
    if known, let id = project.defaultPriorityID { return ["id": .string(id)] }
    guard let id = Self.find(name, field) else {
      var problem = Problem.conflict(
        "default-not-usable",
        "Jira no longer offers the `default_priority` '\(name)' of the Jira project \(project.key). "
          + "Change `default_priority` of the project (Jira offers \(Self.names(field))), or give a "
          + "`priority`.")
      problem.members["conflicting"] = project.reference
      throw problem
    }
    return ["id": .string(id)]
  }

  /// The id of a priority by its id, name, or untranslated name.
  static func find(_ name: String, _ field: JiraField) -> String? {
    let wanted = name.lowercased()
    let byID = field.allowedValues.first { $0["id"]?.stringValue == name }
    let byName = ["name", "untranslatedName"].lazy.compactMap { member in
      field.allowedValues.first { $0[member]?.stringValue?.lowercased() == wanted }
    }.first
    return (byID ?? byName)?["id"]?.stringValue
  }

  static func names(_ field: JiraField) -> String {
    field.allowedValues.compactMap { $0["name"]?.stringValue }.joined(separator: ", ")
  }
}

extension StoredJiraProject {
  /// For the member `conflicting` of a 409.
  var reference: JSONValue {
    [
      "type": "jira_project", "id": JSONValue(id), "url": .string("/api/v1/jira-projects/\(id)"),
    ]
  }
}
