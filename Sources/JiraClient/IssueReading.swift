import Foundation
import RESTClient

/// The same as the decoders of these types, from the bytes themselves: a sync reads a hundred issues a
/// page, and JSONDecoder took most of its time (docs/decisions/0007-sync-decoding.md).
extension JiraSearchPage {
  init(reading body: [UInt8]) throws {
    var issues: [JiraIssue]?
    var token: String?
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        switch name {
        case "issues":
          var found: [JiraIssue] = []
          guard
            try reader.array({
              found.append(try ReadIssue(&$0).issue(at: found.count))
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
    try JSONReader.read(body) { reader -> Void in
      try reader.object { name, reader in
        guard name == "issues" else { return try reader.skip() }
        var found: [JiraIssue] = []
        let isList = try reader.array {
          let read = try ReadIssue(&$0)
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
  private var id: Int64?
  private var key: String?
  private var fields = ReadFields()

  init(_ reader: inout JSONReader) throws {
    try reader.object { name, reader in
      switch name {
      case "id": id = try reader.lenientText().flatMap { Int64($0) }
      case "key": key = try reader.string()
      case "fields": try reader.object { try fields.take($0, &$1) }
      default: try reader.skip()
      }
    }
  }

  /// - Parameter position: its place in the answer, for the error.
  func issue(at position: Int) throws -> JiraIssue {
    func required<T>(_ value: T?, _ name: String) throws -> T {
      guard let value else {
        throw JSONReader.Malformed("'\(name)' is missing at 'issues.\(position)'")
      }
      return value
    }
    var issue = JiraIssue(
      id: try required(id, "id"), key: try required(key, "key"),
      status: try required(fields.status, "status"),
      updated: try required(fields.updated, "updated"))
    fields.fill(&issue)
    return issue
  }
}

/// The fields of one issue, as far as they were met.
private struct ReadFields {
  var status: JiraStatus?
  var updated: Date?
  private var created: Date?
  private var statusCategoryChanged: Date?
  private var resolutionDate: Date?
  private var projectID: Int64?
  private var projectKey: String?
  private var summary: String?
  private var description: AtlassianDocument?
  private var issueType: String?
  private var resolution: String?
  private var priority: String?
  private var assignee: JiraAccount?
  private var reporter: JiraAccount?
  private var labels: [String] = []
  private var components: [String] = []
  private var fixVersions: [String] = []

  mutating func take(_ name: String, _ reader: inout JSONReader) throws {
    switch name {
    case "project":
      try reader.object { name, reader in
        switch name {
        case "id": projectID = try reader.string().flatMap { Int64($0) }
        case "key": projectKey = try reader.string()
        default: try reader.skip()
        }
      }
    case "summary": summary = try reader.lenientText()
    case "description": description = AtlassianDocument(json: try reader.value())
    case "issuetype": issueType = try Self.name(&reader)
    case "status": status = try Self.status(&reader)
    case "statuscategorychangedate": statusCategoryChanged = try Self.date(&reader)
    case "resolution": resolution = try Self.name(&reader)
    case "priority": priority = try Self.name(&reader)
    case "assignee": assignee = try Self.account(&reader)
    case "reporter": reporter = try Self.account(&reader)
    case "labels": try reader.array { if let text = try $0.string() { labels.append(text) } }
    case "components":
      try reader.array { if let name = try Self.name(&$0) { components.append(name) } }
    case "fixVersions":
      try reader.array { if let name = try Self.name(&$0) { fixVersions.append(name) } }
    case "created": created = try Self.date(&reader)
    case "updated": updated = try Self.date(&reader)
    case "resolutiondate": resolutionDate = try Self.date(&reader)
    default: try reader.skip()
    }
  }

  func fill(_ issue: inout JiraIssue) {
    issue.created = created ?? issue.updated
    issue.statusCategoryChanged = statusCategoryChanged
    issue.resolutionDate = resolutionDate
    issue.projectID = projectID
    issue.projectKey = projectKey
    issue.summary = summary ?? ""
    issue.description = description
    issue.issueType = issueType
    issue.resolution = resolution
    issue.priority = priority
    issue.assignee = assignee
    issue.reporter = reporter
    issue.labels = labels
    issue.components = components
    issue.fixVersions = fixVersions
  }

  private static func date(_ reader: inout JSONReader) throws -> Date? {
    try reader.lenientText().flatMap(VendorTimestamp.parse)
  }

  private static func name(_ reader: inout JSONReader) throws -> String? {
    var found: String?
    try reader.object { name, reader in
      if name == "name" { found = try reader.string() } else { try reader.skip() }
    }
    return found
  }

  private static func status(_ reader: inout JSONReader) throws -> JiraStatus? {
    var (id, name, category): (String?, String?, String?)
    try reader.object { member, reader in
      switch member {
      case "id": id = try reader.lenientText()
      case "name": name = try reader.string()
      case "statusCategory":
        try reader.object { member, reader in
          if member == "key" { category = try reader.string() } else { try reader.skip() }
        }
      default: try reader.skip()
      }
    }
    return name.map { JiraStatus(id: id ?? "", name: $0, categoryKey: category ?? "undefined") }
  }

  private static func account(_ reader: inout JSONReader) throws -> JiraAccount? {
    var (id, name): (String?, String?)
    try reader.object { member, reader in
      switch member {
      case "accountId": id = try reader.string()
      case "displayName": name = try reader.lenientText()
      default: try reader.skip()
      }
    }
    return id.map { JiraAccount(accountID: $0, displayName: name ?? $0) }
  }
}
