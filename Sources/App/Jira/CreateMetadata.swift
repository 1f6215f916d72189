import JiraClient
import RESTClient
import Synchronization

/// What Jira reports that a new issue of one type needs.
struct IssueTypeMetadata: Sendable {
  var type: JiraIssueType
  var fields: [JiraField]

  var id: String { type.id }
  var name: String { type.name }

  var json: JSONValue {
    .object([
      "id": .string(id), "name": .string(name),
      "untranslated_name": JSONValue(type.untranslatedName),
      "subtask": .bool(type.isSubtask), "hierarchy_level": JSONValue(type.hierarchyLevel),
      "fields": .array(
        fields.map(Self.json)),
    ])
  }

  static func json(_ field: JiraField) -> JSONValue {
    .object([
      "key": .string(field.key), "name": .string(field.name), "required": .bool(field.required),
      "has_default": .bool(field.hasDefaultValue), "type": JSONValue(field.type),
      "allowed_values": .array(field.allowedValues),
    ])
  }
}

extension [IssueTypeMetadata] {
  /// Every type, and what a ticket gets when nothing else is chosen.
  func json(of project: StoredJiraProject) -> JSONValue {
    let type = try? IssueTypeChoice().type(among: map(\.type), of: project)
    let fields = first { $0.id == type?.id }?.fields ?? []
    let priority = try? PriorityChoice().value(
      fields.first { $0.key == "priority" }, of: project)
    return [
      "issue_types": .array(map(\.json)), "default_issue_type_id": JSONValue(type?.id),
      "default_priority_id": priority?["id"] ?? .null,
    ]
  }
}

/// Create-metadata of projects, remembered for a short time: it changes when an administrator changes a
/// screen, and costs two requests that each ticket would need otherwise.
final class CreateMetadata: Sendable {
  static let lifetime: Duration = .seconds(600)
  static let maxProjects = 500

  private struct Entry {
    var readAt = ContinuousClock.now
    var types: [JiraIssueType]?
    var fields: [String: [JiraField]] = [:]
  }

  private let entries = Mutex<[Int64: Entry]>([:])

  /// Every issue type of the project with its fields, as Jira reports them now: one request, and one
  /// more per type.
  func readAll(of project: StoredJiraProject, _ client: JiraClient) async throws
    -> [IssueTypeMetadata]
  {
    forget(project)
    var all: [IssueTypeMetadata] = []
    for type in try await types(of: project, client) {
      all.append(try await metadata(of: type, project, client))
    }
    return all
  }

  /// The types this account may create in a project.
  func types(of project: StoredJiraProject, _ client: JiraClient) async throws -> [JiraIssueType] {
    if let known = entry(project)?.types { return known }
    let types = try await client.createMetadataIssueTypes(project: String(project.jiraID))
    remember(project) { $0.types = types }
    return types
  }

  func metadata(of type: JiraIssueType, _ project: StoredJiraProject, _ client: JiraClient)
    async throws -> IssueTypeMetadata
  {
    if let known = entry(project)?.fields[type.id] {
      return IssueTypeMetadata(type: type, fields: known)
    }
    let fields = try await client.createMetadataFields(
      project: String(project.jiraID), issueTypeID: type.id)
    remember(project) { $0.fields[type.id] = fields }
    return IssueTypeMetadata(type: type, fields: fields)
  }

  /// The type to create and what it needs. What memory refuses is asked of Jira once more: an
  /// administrator may have added it a minute ago.
  func metadata(
    for choice: IssueTypeChoice, _ project: StoredJiraProject, _ client: JiraClient
  ) async throws -> IssueTypeMetadata {
    let isRemembered = entry(project)?.types != nil
    let type: JiraIssueType
    do {
      type = try choice.type(among: try await types(of: project, client), of: project)
    } catch let problem as Problem where isRemembered {
      _ = problem
      forget(project)
      type = try choice.type(among: try await types(of: project, client), of: project)
    }
    return try await metadata(of: type, project, client)
  }

  func forget(_ project: StoredJiraProject) {
    entries.withLock { $0[project.id] = nil }
  }

  func forgetAll() { entries.withLock { $0 = [:] } }

  private func entry(_ project: StoredJiraProject) -> Entry? {
    entries.withLock { entries in
      guard let entry = entries[project.id], entry.readAt.duration(to: .now) < Self.lifetime else {
        entries[project.id] = nil
        return nil
      }
      return entry
    }
  }

  private func remember(_ project: StoredJiraProject, _ change: (inout Entry) -> Void) {
    entries.withLock { entries in
      if entries.count >= Self.maxProjects, entries[project.id] == nil { entries = [:] }
      change(&entries[project.id, default: Entry()])
    }
  }
}
