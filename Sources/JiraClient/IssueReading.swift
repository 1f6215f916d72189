import Foundation
import RESTClient

/// The same as the decoders of these types, from the bytes themselves: a sync reads a hundred issues a
/// page, and JSONDecoder took most of its time (docs/decisions/0007-sync-decoding.md).
extension JiraSearchPage {
  init(reading body: [UInt8]) throws {
    var list: ReadList?
    var token: String?
    var isLast = true
    var page = ReadPage()
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        switch name {
        case "issues": list = try ReadList(&reader, &page)
        case "nextPageToken": token = try reader.lenientText()
        case "isLast": isLast = try reader.value() != .bool(false)
        default: try reader.skip()
        }
      }
    }
    guard let list else { throw JSONReader.Malformed("'issues' is missing") }
    self.init(issues: list.issues, nextPageToken: token.flatMap { $0.isEmpty ? nil : $0 })
    unreadable = list.unreadable
    isCut = !isLast && nextPageToken == nil
  }
}

/// An issue of an answer that lacks what every issue has. It must not hide the others.
package struct UnreadableJiraIssue: Sendable, Equatable {
  package var id: Int64?
  package var key: String?
  /// What is wrong with it.
  package var reason: String

  /// What it is called where it is told of.
  package init(id: Int64?, key: String?, reason: String) {
    self.id = id
    self.key = key
    self.reason = reason
  }

  package var name: String {
    key ?? id.map { "the issue with the id \($0)" } ?? "an issue without id"
  }
}

/// What Jira answered when issues were requested by id or key. Those that do not exist, or that the account may not
/// see, are nowhere in it.
package struct JiraBulkAnswer: Sendable {
  package var issues: [JiraIssue] = []
  package var unreadable: [UnreadableJiraIssue] = []
  /// What Jira could not give now, though it may exist: a retriable error or a payload constraint.
  package var failed: [(reference: String, reason: String)] = []

  package init() {}

  init(reading body: [UInt8]) throws {
    var list: ReadList?
    var failed: [(reference: String, reason: String)] = []
    var page = ReadPage()
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        switch name {
        case "issues": list = try ReadList(&reader, &page)
        case "issueErrors":
          try reader.array { reader in
            var (id, reason): (String?, String?)
            try reader.object { name, reader in
              switch name {
              case "id": id = try reader.lenientText()
              case "errorMessage": reason = try reader.string()
              default: try reader.skip()
              }
            }
            if let id { failed.append((id, reason ?? "Jira could not give the issue.")) }
          }
        default: try reader.skip()
        }
      }
    }
    guard let list else { throw JSONReader.Malformed("'issues' is missing") }
    (issues, unreadable) = (list.issues, list.unreadable)
    self.failed = failed
  }
}

/// The issues of an answer, each for itself.
private struct ReadList {
  var issues: [JiraIssue] = []
  var unreadable: [UnreadableJiraIssue] = []

  /// nil for anything but a list, which is passed over.
  init?(_ reader: inout JSONReader, _ page: inout ReadPage) throws {
    let isList = try reader.array { reader in
      let read = try ReadIssue(&reader, &page)
      if let problem = read.problem {
        unreadable.append(problem)
      } else {
        issues.append(read.completed())
      }
    }
    guard isList else { return nil }
  }
}

/// One issue, as far as its parts were met.
private struct ReadIssue {
  private var issue = JiraIssue(
    id: 0, key: "", status: JiraStatus(id: "", name: "", categoryKey: ""), updated: .distantPast)
  private var created: Date?
  private var (hasID, hasKey, hasStatus, hasUpdated) = (false, false, false, false)

  init(_ reader: inout JSONReader, _ page: inout ReadPage) throws {
    try reader.object { name, reader in
      switch name {
      case "id":
        let id = try reader.lenientText().flatMap { Int64($0) }
        hasID = id != nil
        if let id { issue.id = id }
      case "key":
        let key = try reader.string()
        hasKey = key != nil
        if let key { issue.key = key }
      case "fields": try reader.object { try take($0, &$1, &page) }
      default: try reader.skip()
      }
    }
  }

  /// What it lacks; nil: nothing.
  var problem: UnreadableJiraIssue? {
    let parts = [
      ("id", hasID), ("key", hasKey), ("fields.status", hasStatus), ("fields.updated", hasUpdated),
    ]
    guard let (name, _) = parts.first(where: { !$0.1 }) else { return nil }
    return UnreadableJiraIssue(
      id: hasID ? issue.id : nil, key: hasKey ? issue.key : nil,
      reason: "Jira's answer lacks '\(name)', or it is not of the documented type.")
  }

  consuming func completed() -> JiraIssue {
    issue.created = created ?? issue.updated
    return issue
  }

  private mutating func take(
    _ name: JSONReader.Text, _ reader: inout JSONReader, _ page: inout ReadPage
  ) throws {
    switch name {
    case "summary": issue.summary = try reader.lenientText() ?? ""
    case "description": issue.description = try AtlassianDocument(&reader, &page.nodes)
    case "issuetype": issue.issueType = try page.types.read(&reader, JSONReader.name)
    case "status":
      let status = try page.statuses.read(&reader, JSONReader.status)
      hasStatus = status != nil
      if let status { issue.status = status }
    case "statuscategorychangedate": issue.statusCategoryChanged = try reader.date()
    case "resolution": issue.resolution = try page.resolutions.read(&reader, JSONReader.name)
    case "priority": issue.priority = try page.priorities.read(&reader, JSONReader.name)
    case "assignee": issue.assignee = try page.people.read(&reader, JSONReader.account)
    case "reporter": issue.reporter = try page.people.read(&reader, JSONReader.account)
    case "labels": issue.labels = try page.labels.read(&reader, JSONReader.texts)
    case "components": issue.components = try page.names.read(&reader, JSONReader.names)
    case "fixVersions": issue.fixVersions = try page.names.read(&reader, JSONReader.names)
    case "created": created = try reader.date()
    case "updated":
      let updated = try reader.date()
      hasUpdated = updated != nil
      if let updated { issue.updated = updated }
    case "resolutiondate": issue.resolutionDate = try reader.date()
    case "project":
      (issue.projectID, issue.projectKey) = try page.projects.read(&reader, JSONReader.project)
    default: try reader.skip()
    }
  }
}
