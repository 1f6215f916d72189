import Foundation
import RESTClient

/// A status of a workflow.
struct WorkflowStatus: Sendable, Equatable {
  var id: String
  var name: String
  /// `new`, `indeterminate` or `done`.
  var category: String

  var json: JSONValue {
    let categories = [
      "new": (2, "To Do", "blue-gray"), "indeterminate": (4, "In Progress", "yellow"),
      "done": (3, "Done", "green"),
    ]
    let (categoryID, categoryName, color) =
      categories[category] ?? (1, "No Category", "medium-gray")
    return .object([
      "id": .string(id), "name": .string(name), "description": .string(""),
      "iconUrl": .string(""), "self": .string("/rest/api/3/status/\(id)"),
      "statusCategory": .object([
        "id": JSONValue(categoryID), "key": .string(category), "name": .string(categoryName),
        "colorName": .string(color), "self": .string("/rest/api/3/statuscategory/\(categoryID)"),
      ]),
    ])
  }
}

/// A workflow: which transitions lead from where to where.
struct Workflow: Sendable {
  struct Transition: Sendable {
    var id: String
    var name: String
    /// nil: from anywhere.
    var from: String?
    var to: String
    /// Whether its screen requires a resolution.
    var needsResolution = false
  }

  var statuses: [WorkflowStatus]
  var transitions: [Transition]

  func status(_ id: String) -> WorkflowStatus {
    statuses.first { $0.id == id } ?? statuses[0]
  }

  /// To Do, In Progress, Done, each from anywhere.
  static let simple = Workflow(
    statuses: [
      WorkflowStatus(id: "10000", name: "To Do", category: "new"),
      WorkflowStatus(id: "3", name: "In Progress", category: "indeterminate"),
      WorkflowStatus(id: "10001", name: "Done", category: "done"),
    ],
    transitions: [
      Transition(id: "11", name: "To Do", to: "10000"),
      Transition(id: "21", name: "In Progress", to: "3"),
      Transition(id: "31", name: "Done", to: "10001"),
    ])

  /// Done takes three steps, and the last one asks for a resolution.
  static let reviewed = Workflow(
    statuses: [
      WorkflowStatus(id: "10010", name: "Open", category: "new"),
      WorkflowStatus(id: "10011", name: "In Development", category: "indeterminate"),
      WorkflowStatus(id: "10012", name: "In Review", category: "indeterminate"),
      WorkflowStatus(id: "10013", name: "Closed", category: "done"),
    ],
    transitions: [
      Transition(id: "41", name: "Start", from: "10010", to: "10011"),
      Transition(id: "42", name: "Send to review", from: "10011", to: "10012"),
      Transition(id: "43", name: "Close", from: "10012", to: "10013", needsResolution: true),
      Transition(id: "44", name: "Reject", from: "10012", to: "10011"),
      Transition(id: "45", name: "Reopen", from: "10013", to: "10010"),
    ])
}

struct SandboxJiraProject: Sendable {
  var id: Int64
  var key: String
  var name: String
  var workflow: Workflow
  var hasPriority: Bool
  /// A custom field that every new issue must have; nil: none.
  var requiredField: String?
  var nextNumber = 1
  /// Ids of its issues, oldest first.
  var issues: [Int64] = []
}

struct SandboxJiraIssue: Sendable {
  var id: Int64
  var key: String
  var projectID: Int64
  var summary: String
  /// An ADF document; nil: the seeded one of its id.
  var description: JSONValue?
  var typeID: String
  var statusID: String
  var priorityID: String?
  var resolution: String?
  var assignee: String?
  var labels: [String] = []
  var fields: [String: JSONValue] = [:]
  var properties: [String: JSONValue] = [:]
  var created: Date
  var updated: Date
  var categoryChanged: Date
  var resolved: Date?
  /// Keys it had before it was moved.
  var formerKeys: [String] = []
  var isSeeded = false
}

struct SandboxComment: Sendable {
  var id: Int64
  var body: JSONValue
  var created: Date
}

struct SandboxRemoteLink: Sendable {
  var id: Int64
  var globalID: String?
  var object: JSONValue
}

/// Somebody with an account.
struct SandboxPerson: Sendable {
  var accountID: String
  var displayName: String

  static let all = [
    SandboxPerson(accountID: "5b10ac8d82e05b22cc7d4ef5", displayName: "Ida Keller"),
    SandboxPerson(
      accountID: "712020:9f1e8a30-57c7-4b0f-a5a1-0c8b1d0a3c11", displayName: "Tomás Vega"),
    SandboxPerson(
      accountID: "712020:33d0cf1d-8f0c-4c0a-b1de-4c5bfa1f7e02", displayName: "Ngozi Obi"),
  ]

  /// Without an e-mail address, as most people set it.
  var json: JSONValue {
    .object([
      "self": .string("/rest/api/3/user?accountId=\(accountID)"),
      "accountId": .string(accountID), "accountType": .string("atlassian"),
      "displayName": .string(displayName), "active": .bool(true),
      "timeZone": .string("Europe/Berlin"), "emailAddress": .string(""),
      "avatarUrls": .object([
        "48x48": .string("https://avatar.example/48"),
        "24x24": .string("https://avatar.example/24"),
        "16x16": .string("https://avatar.example/16"),
        "32x32": .string("https://avatar.example/32"),
      ]),
    ])
  }
}

enum JiraCatalog {
  static let types: [(id: String, name: String, subtask: Bool)] = [
    ("10001", "Story", false), ("10002", "Task", false), ("10004", "Bug", false),
    ("10003", "Sub-task", true),
  ]
  static let priorities: [(id: String, name: String)] = [
    ("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest"),
  ]
  static let resolutions: [(id: String, name: String)] = [
    ("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"),
  ]

  static func type(_ id: String) -> JSONValue {
    let type = types.first { $0.id == id } ?? types[1]
    return .object([
      "self": .string("/rest/api/3/issuetype/\(type.id)"), "id": .string(type.id),
      "name": .string(type.name), "subtask": .bool(type.subtask), "description": .string(""),
      "iconUrl": .string(""), "hierarchyLevel": JSONValue(type.subtask ? -1 : 0),
    ])
  }

  static func named(_ kind: String, _ items: [(id: String, name: String)], _ id: String)
    -> JSONValue
  {
    let item = items.first { $0.id == id } ?? items[0]
    return .object([
      "self": .string("/rest/api/3/\(kind)/\(item.id)"), "id": .string(item.id),
      "name": .string(item.name), "description": .string(""), "iconUrl": .string(""),
    ])
  }
}
