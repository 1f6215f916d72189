import Foundation
import RESTClient

struct SandboxJiraProject: Sendable {
  var id: Int64
  var key: String
  var name: String
  var workflow: Workflow
  var hasPriority: Bool
  /// A custom field that every new issue must have; nil: none.
  var requiredField: String?
  /// Fields that are on no screen of the project.
  var offScreen: Set<String> = []
  /// Whether a security level hides new issues from the account that programs use.
  var hidesNewIssues = false
  /// Whether issue properties are refused when an issue is created.
  var refusesProperties = false
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
  /// Account ids.
  var assignee: String?
  var reporter = SandboxPerson.service
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
  /// Whether a security level hides it from the account that programs use.
  var isHidden = false
}

struct SandboxComment: Sendable {
  var id: Int64
  var body: JSONValue
  /// Account ids.
  var author: String
  var created: Date
  var updated: Date
}

struct SandboxRemoteLink: Sendable {
  var id: Int64
  var globalID: String?
  var object: JSONValue
  var application: JSONValue?
  var relationship: String?

  /// As a client sends it: what is left out is gone afterwards.
  init(id: Int64, body: JSONValue) {
    self.id = id
    globalID = body["globalId"]?.stringValue
    object = body["object"] ?? [:]
    application = body["application"]
    relationship = body["relationship"]?.stringValue
  }
}
