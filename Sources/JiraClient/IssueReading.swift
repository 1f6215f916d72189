import Foundation
import RESTClient

/// The same as the decoders of these types, from the bytes themselves: a sync reads a hundred issues a
/// page, and JSONDecoder took most of its time (docs/decisions/0007-sync-decoding.md).
extension JiraSearchPage {
  init(reading body: [UInt8]) throws {
    var issues: [JiraIssue]?
    var token: String?
    var page = ReadPage()
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        switch name {
        case "issues":
          var found: [JiraIssue] = []
          guard
            try reader.array({
              found.append(try ReadIssue(&$0, &page).issue(at: found.count))
            })
          else { return }
          issues = found
        case "nextPageToken": token = try reader.lenientText()
        default: try reader.skip()
        }
      }
    }
    guard let issues else { throw JSONReader.Malformed("'issues' is missing") }
    self.init(issues: issues, nextPageToken: token.flatMap { $0.isEmpty ? nil : $0 })
  }
}

extension JiraIssue {
  /// The issues of a bulk fetch. One that cannot be read must not hide the others.
  static func readable(in body: [UInt8]) throws -> [JiraIssue] {
    var issues: [JiraIssue]?
    var page = ReadPage()
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        guard case "issues" = name else { return try reader.skip() }
        var found: [JiraIssue] = []
        let isList = try reader.array {
          let read = try ReadIssue(&$0, &page)
          if let issue = try? read.issue(at: found.count) { found.append(issue) }
        }
        if isList { issues = found }
      }
    }
    guard let issues else { throw JSONReader.Malformed("'issues' is missing") }
    return issues
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

  /// - Parameter position: its place in the answer, for the error.
  consuming func issue(at position: Int) throws -> JiraIssue {
    let parts = [("id", hasID), ("key", hasKey), ("status", hasStatus), ("updated", hasUpdated)]
    if let (name, _) = parts.first(where: { !$0.1 }) {
      throw JSONReader.Malformed("'\(name)' is missing at 'issues.\(position)'")
    }
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
