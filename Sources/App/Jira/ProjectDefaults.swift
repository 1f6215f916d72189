import JiraClient
import Logging
import RESTClient

/// Finds the ids behind the names of a project's default type and priority when they are set.
struct ProjectDefaults: Sendable {
  let projects: JiraProjectStore
  let organizations: OrganizationStore
  let clients: JiraClients
  let metadata: CreateMetadata
  let logger: Logger

  /// Fills in the ids. What Jira cannot be asked for now is stored by its name, and its id is found
  /// when the first ticket needs it.
  ///
  /// - Throws: a 422 for a name that Jira does not know.
  func resolve(_ fields: inout JiraProjectFields, project id: Int64) async throws {
    guard fields.defaultIssueType != nil || fields.defaultPriority != nil else { return }
    var project = try await projects.project(id)
    let client: JiraClient
    let types: [JiraIssueType]
    do {
      client = try clients.client(of: try await organizations.organization(project.organizationID))
      metadata.forget(project)
      types = try await metadata.types(of: project, client)
    } catch {
      logger.notice("project.defaults.unchecked", metadata: ["project": "\(project.key)"])
      return
    }
    if let name = fields.defaultIssueType {
      guard let type = IssueTypeChoice.find(name, types) else {
        throw Problem.invalid(
          "/default_issue_type",
          "The Jira project has no issue type '\(name)'; it has \(IssueTypeChoice.names(types)).")
      }
      guard !type.isSubtask else {
        throw Problem.invalid(
          "/default_issue_type",
          "'\(type.name)' is a sub-task type, which needs a parent; choose one of "
            + IssueTypeChoice.names(types.filter(\.isStandard)) + ".")
      }
      if name == type.id { fields.defaultIssueType = type.name }
      fields.defaultIssueTypeID = type.id
      (project.defaultIssueType, project.defaultIssueTypeID) = (type.name, type.id)
    } else if fields.cleared.contains("default_issue_type") {
      (project.defaultIssueType, project.defaultIssueTypeID) = (nil, nil)
    }
    if let name = fields.defaultPriority {
      try await resolve(priority: name, &fields, project, client, types)
    }
  }

  private func resolve(
    priority name: String, _ fields: inout JiraProjectFields, _ project: StoredJiraProject,
    _ client: JiraClient, _ types: [JiraIssueType]
  ) async throws {
    guard let type = try? IssueTypeChoice().type(among: types, of: project),
      let screen = try? await metadata.metadata(of: type, project, client)
    else { return }
    guard let field = screen.fields.first(where: { $0.key == "priority" }) else {
      throw Problem.invalid(
        "/default_priority", "The Jira project has no priority field for '\(type.name)'.")
    }
    guard let id = PriorityChoice.find(name, field) else {
      throw Problem.invalid(
        "/default_priority",
        "Jira offers no priority '\(name)' here; it offers \(PriorityChoice.names(field)).")
    }
    fields.defaultPriorityID = id
  }
}
