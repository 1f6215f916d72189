import Foundation
import RESTClient

/// The site's records as the REST API writes them.
struct JiraJSON: Sendable {
  let baseURL: String
  var settings = JiraSiteSettings()

  /// - Parameter isDetailed: asked for alone a project carries more than in lists.
  func project(_ project: SandboxJiraProject, isDetailed: Bool = false, isArchived: Bool = false)
    -> JSONValue
  {
    let avatar = "\(baseURL)/rest/api/3/universal_avatar/view/type/project/avatar/10416"
    var object: [String: JSONValue] = [
      "self": .string("\(baseURL)/rest/api/3/project/\(project.id)"),
      "id": .string(String(project.id)), "key": .string(project.key), "name": .string(project.name),
      "description": .string("The team of \(project.name)."), "projectTypeKey": "software",
      "simplified": false, "style": "classic", "isPrivate": false, "archived": .bool(isArchived),
      "lead": person(SandboxPerson.service),
      "avatarUrls": [
        "48x48": .string(avatar), "24x24": .string(avatar + "?size=small"),
        "16x16": .string(avatar + "?size=xsmall"), "32x32": .string(avatar + "?size=medium"),
      ],
      "projectCategory": [
        "self": .string("\(baseURL)/rest/api/3/projectCategory/10000"), "id": "10000",
        "name": "Products", "description": "What customers buy",
      ],
    ]
    if isDetailed {
      object["issueTypes"] = .array(settings.types(of: project.id).map { type($0.id) })
      object["components"] = []
      object["versions"] = []
      object["assigneeType"] = "UNASSIGNED"
    }
    return .object(object)
  }

  func person(_ accountID: String) -> JSONValue {
    guard let person = SandboxPerson.all.first(where: { $0.accountID == accountID }) else {
      return .null
    }
    let avatar = "\(baseURL)/avatar/\(person.accountID)"
    return [
      "self": .string("\(baseURL)/rest/api/3/user?accountId=\(person.accountID)"),
      "accountId": .string(person.accountID), "accountType": "atlassian",
      "displayName": .string(person.displayName), "active": true, "timeZone": "Europe/Berlin",
      "emailAddress": .string(person.email ?? ""),
      "avatarUrls": [
        "48x48": .string(avatar + "?size=48"), "24x24": .string(avatar + "?size=24"),
        "16x16": .string(avatar + "?size=16"), "32x32": .string(avatar + "?size=32"),
      ],
    ]
  }

  func status(_ status: WorkflowStatus) -> JSONValue {
    let categories = [
      "new": (2, "To Do", "blue-gray"), "indeterminate": (4, "In Progress", "yellow"),
      "done": (3, "Done", "green"),
    ]
    let (id, name, color) = categories[status.category] ?? (1, "No Category", "medium-gray")
    return [
      "id": .string(status.id), "name": .string(status.name), "description": "",
      "iconUrl": .string("\(baseURL)/images/icons/statuses/generic.png"),
      "self": .string("\(baseURL)/rest/api/3/status/\(status.id)"),
      "statusCategory": [
        "self": .string("\(baseURL)/rest/api/3/statuscategory/\(id)"), "id": JSONValue(id),
        "key": .string(status.category), "name": .string(name), "colorName": .string(color),
      ],
    ]
  }

  func type(_ id: String) -> JSONValue {
    let type = JiraCatalog.types.first { $0.id == id } ?? JiraCatalog.types[1]
    let isSubtask = settings.isSubtask(type)
    return [
      "self": .string("\(baseURL)/rest/api/3/issuetype/\(type.id)"), "id": .string(type.id),
      "name": .string(settings.name(type.name)), "untranslatedName": .string(type.name),
      "subtask": .bool(isSubtask),
      "description": .string("A \(type.name.lowercased()) of the team."),
      "iconUrl": .string("\(baseURL)/images/icons/issuetypes/\(type.name.lowercased()).svg"),
      "hierarchyLevel": JSONValue(isSubtask ? -1 : type.hierarchyLevel),
    ]
  }

  func priority(_ id: String) -> JSONValue {
    var object = named("priority", JiraCatalog.priorities, id)
    let name = JiraCatalog.priorities.first { $0.id == id }?.name ?? "Medium"
    object["iconUrl"] = .string("\(baseURL)/images/icons/priorities/\(name.lowercased()).svg")
    object["statusColor"] = "#ea7d24"
    return .object(object)
  }

  func resolution(_ id: String) -> JSONValue {
    .object(named("resolution", JiraCatalog.resolutions, id))
  }

  private func named(_ kind: String, _ items: [(id: String, name: String)], _ id: String)
    -> [String: JSONValue]
  {
    let item = items.first { $0.id == id } ?? items[0]
    return [
      "self": .string("\(baseURL)/rest/api/3/\(kind)/\(item.id)"), "id": .string(item.id),
      "name": .string(settings.name(item.name)), "description": "",
    ]
  }

  func comment(_ comment: SandboxComment, of issueID: Int64) -> JSONValue {
    [
      "self": .string("\(baseURL)/rest/api/3/issue/\(issueID)/comment/\(comment.id)"),
      "id": .string(String(comment.id)), "author": person(comment.author),
      "updateAuthor": person(comment.author), "body": comment.body,
      "created": .string(SandboxTime.jira(comment.created)),
      "updated": .string(SandboxTime.jira(comment.updated)), "jsdPublic": true,
    ]
  }

  func transition(_ transition: Workflow.Transition, _ workflow: Workflow, withFields: Bool)
    -> JSONValue
  {
    var object: [String: JSONValue] = [
      "id": .string(transition.id), "name": .string(transition.name),
      "to": status(workflow.status(transition.to)),
      "hasScreen": .bool(!transition.required.isEmpty), "isGlobal": .bool(transition.from == nil),
      "isInitial": false, "isConditional": false, "isAvailable": true, "isLooped": false,
    ]
    if withFields {
      let fields = transition.required.map {
        ($0, JiraFieldCatalog.screen($0, required: true, self))
      }
      object["fields"] = .object(Dictionary(fields) { $1 })
    }
    return .object(object)
  }
}
