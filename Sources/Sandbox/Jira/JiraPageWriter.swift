import Foundation
import RESTClient

/// Writes the issues of a search as bytes. Most of an issue is one of a few people, statuses and
/// projects, whose JSON is made once a page, that of projects once: a look-alike that is slower than
/// what it tests would hide what it tests.
struct JiraPageWriter {
  private let json: JiraJSON
  private let state: JiraState
  private let fields: [String]
  /// Keys of the issues' properties to show.
  private let properties: [String]
  private var fragments: [String: [UInt8]] = [:]
  /// By key and name, for the next pages too.
  private(set) var projects: [String: [UInt8]]
  private(set) var bytes: [UInt8] = []

  init(_ json: JiraJSON, _ state: JiraState, fields: [String], properties: [String] = []) {
    self.json = json
    self.state = state
    self.fields = fields
    self.properties = properties
    projects = state.projectFragments
    bytes.reserveCapacity(256 << 10)
  }

  mutating func write(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func write(json value: JSONValue) { bytes.append(contentsOf: value.encoded()) }

  mutating func write(_ issue: SandboxJiraIssue) {
    guard properties.isEmpty, !fields.contains(where: { $0.hasPrefix("*") || $0.hasPrefix("-") })
    else {
      return write(
        json: json.issue(issue, in: state, fields: fields, properties: properties))
    }
    write(#"{"expand":"names,schema","id":""#)
    bytes.append(contentsOf: String(issue.id).utf8)
    write(#"","key":""#)
    bytes.append(contentsOf: issue.key.utf8)
    write(#"","self":""#)
    bytes.append(contentsOf: "\(json.baseURL)/rest/api/3/issue/\(issue.id)".utf8)
    write(#"""#)
    let wanted = fields.filter { $0 != "id" && $0 != "key" }
    if !wanted.isEmpty {
      write(#","fields":{"#)
      var isFirst = true
      for name in wanted {
        let start = bytes.count
        bytes.append(contentsOf: "\(isFirst ? "" : ",")\"\(name)\":".utf8)
        if writeValue(name, issue) { isFirst = false } else { bytes.removeSubrange(start...) }
      }
      write("}")
    }
    write("}")
  }

  /// - Returns: whether the issue has such a field.
  private mutating func writeValue(_ name: String, _ issue: SandboxJiraIssue) -> Bool {
    if let odd = state.access.oddFields[issue.id]?[name] {
      bytes.append(contentsOf: odd.utf8)
      return true
    }
    let which: String
    switch name {
    case "created": return writeTime(issue.created)
    case "updated": return writeTime(issue.updated)
    case "statuscategorychangedate": return writeTime(issue.categoryChanged)
    case "description" where issue.isSeeded && issue.description == nil:
      writeSeededDescription(issue)
      return true
    case "project":
      guard let project = state.projects[issue.projectID] else { return false }
      let key = "\(project.key) \(project.name)"
      let fragment = projects[key] ?? json.project(project).encoded()
      projects[key] = fragment
      bytes.append(contentsOf: fragment)
      return true
    case "status":
      let status = state.status(of: issue)
      which = "\(status.id) \(status.name)"
    case "issuetype": which = issue.typeID
    case "priority": which = issue.priorityID ?? ""
    case "resolution": which = issue.resolution ?? ""
    case "assignee": which = issue.assignee ?? ""
    case "reporter": which = issue.reporter
    case "components", "fixVersions": which = ""
    default:
      guard let value = json.value(name, issue, state) else { return false }
      write(json: value)
      return true
    }
    let key = "\(name) \(which)"
    if fragments[key] == nil { fragments[key] = json.value(name, issue, state)?.encoded() ?? [] }
    guard let fragment = fragments[key], !fragment.isEmpty else { return false }
    bytes.append(contentsOf: fragment)
    return true
  }

  private mutating func writeTime(_ date: Date) -> Bool {
    write("\"")
    SandboxTime.appendJira(date, to: &bytes)
    write("\"")
    return true
  }

  private mutating func writeSeededDescription(_ issue: SandboxJiraIssue) {
    write(#"{"content":["#)
    for (index, text) in JiraSeed.sentences(of: issue).enumerated() {
      if index > 0 { write(",") }
      write(#"{"content":[{"text":""#)
      bytes.append(contentsOf: text.utf8)
      write(#"","type":"text"}],"type":"paragraph"}"#)
    }
    write(#"],"type":"doc","version":1}"#)
  }
}
