import Foundation

/// Decides whether issues match a JQL condition.
struct JQLFilter {
  let state: JiraState
  let now: Date
  /// Hours east of UTC of the account, which dates are read in.
  let accountOffset: Int
  private var dates: [String: Date] = [:]

  init(state: JiraState, now: Date, accountOffset: Int) {
    self.state = state
    self.now = now
    self.accountOffset = accountOffset
  }

  /// Reads a condition's dates once, not for each issue.
  mutating func rememberDates(of condition: JQLCondition) {
    switch condition {
    case .and(let left, let right), .or(let left, let right):
      rememberDates(of: left)
      rememberDates(of: right)
    case .not(let inner): rememberDates(of: inner)
    case .compare(let field, _, let values) where field == "updated" || field == "created":
      for value in values { dates[value] = date(value) }
    case .compare: break
    }
  }

  /// The time before which no update of an issue can match; nil: the condition bounds it not.
  func oldestUpdate(of condition: JQLCondition) -> Date? {
    switch condition {
    case .and(let left, let right):
      [oldestUpdate(of: left), oldestUpdate(of: right)].compactMap(\.self).max()
    case .compare("updated", ">=", let values), .compare("updated", ">", let values):
      values.first.flatMap(date)
    case .or, .not, .compare: nil
    }
  }

  /// - Throws: `JQLError` for a field or value the site does not know.
  func check(_ condition: JQLCondition) throws {
    switch condition {
    case .and(let left, let right), .or(let left, let right):
      try check(left)
      try check(right)
    case .not(let inner): try check(inner)
    case .compare(let field, _, let values):
      guard Self.fields.contains(field) else {
        throw JQLError(
          message: "Field '\(field)' does not exist or you do not have permission to view it.")
      }
      // A visitor who has not signed in finds nothing, and is told of nothing.
      let isVisitor = JiraViewer.current == .anonymous
      for value in values where field == "project" && !isVisitor {
        let project = state.project(value)
        guard project.map({ state.access.unsearchableProjects.contains($0.id) }) ?? true else {
          continue
        }
        throw JQLError(message: "The value '\(value)' does not exist for the field 'project'.")
      }
      for value in values where ["updated", "created"].contains(field) && date(value) == nil {
        throw JQLError(message: "Date value '\(value)' for field '\(field)' is invalid.")
      }
    }
  }

  static let fields: Set = [
    "project", "key", "issuekey", "id", "status", "statuscategory", "labels", "updated", "created",
    "issuetype", "type", "priority", "assignee", "text", "summary", "resolution", "issue",
    "creator", "reporter", "level",
  ]

  func matches(_ issue: SandboxJiraIssue, _ condition: JQLCondition) -> Bool {
    switch condition {
    case .and(let left, let right): matches(issue, left) && matches(issue, right)
    case .or(let left, let right): matches(issue, left) || matches(issue, right)
    case .not(let inner): !matches(issue, inner)
    case .compare(let field, let op, let values): compare(issue, field, op, values)
    }
  }

  private func compare(_ issue: SandboxJiraIssue, _ field: String, _ op: String, _ values: [String])
    -> Bool
  {
    if field == "updated" || field == "created" {
      guard let limit = values.first.flatMap(date) else { return false }
      let time = field == "updated" ? issue.updated : issue.created
      // Minute granularity, as the index keeps it.
      let minute = Date(
        timeIntervalSince1970: (time.timeIntervalSince1970 / 60).rounded(.down) * 60)
      switch op {
      case ">=": return time >= limit || minute >= limit
      case ">": return minute > limit
      case "<=": return minute <= limit
      case "<": return time < limit
      default: return minute == limit
      }
    }
    if op == "linked by" {
      return (state.remoteLinks[issue.id] ?? []).contains { values.contains($0.globalID ?? "") }
    }
    let own = self.values(of: field, issue).map { $0.lowercased() }
    let wanted = values.map {
      $0.lowercased() == "currentuser()" ? SandboxPerson.service.lowercased() : $0.lowercased()
    }
    switch op {
    case "=", "in": return wanted.contains { own.contains($0) }
    case "!=", "not in": return !own.isEmpty && !wanted.contains { own.contains($0) }
    case "is": return own.isEmpty
    case "is not": return !own.isEmpty
    case "~": return wanted.contains { word in own.contains { $0.contains(word) } }
    case "!~": return !wanted.contains { word in own.contains { $0.contains(word) } }
    case ">", ">=", "<", "<=": return compareNumbers(issue, op, wanted)
    default: return false
    }
  }

  private func compareNumbers(_ issue: SandboxJiraIssue, _ op: String, _ wanted: [String]) -> Bool {
    guard let limit = wanted.first.flatMap({ Int64($0) }) else { return false }
    switch op {
    case ">": return issue.id > limit
    case ">=": return issue.id >= limit
    case "<": return issue.id < limit
    default: return issue.id <= limit
    }
  }

  private func values(of field: String, _ issue: SandboxJiraIssue) -> [String] {
    switch field {
    case "project":
      let project = state.projects[issue.projectID]
      return [String(issue.projectID), project?.key, project?.name].compactMap(\.self)
    case "creator", "reporter": return [issue.reporter]
    case "key", "issuekey", "id", "issue": return [issue.key, String(issue.id)]
    case "status":
      let status = state.status(of: issue)
      return [status.id, status.name]
    case "statuscategory":
      let category = state.status(of: issue).category
      return [
        category, ["new": "To Do", "indeterminate": "In Progress", "done": "Done"][category] ?? "",
      ]
    case "labels": return issue.labels
    case "level": return state.access.leveledIssues.contains(issue.id) ? ["Internal"] : []
    case "issuetype", "type":
      return [issue.typeID] + JiraCatalog.types.filter { $0.id == issue.typeID }.map(\.name)
    case "priority":
      return JiraCatalog.priorities.filter { $0.id == issue.priorityID }.flatMap {
        [$0.id, $0.name]
      }
    case "assignee": return [issue.assignee].compactMap(\.self)
    case "resolution":
      return JiraCatalog.resolutions.filter { $0.id == issue.resolution }.map(\.name)
    default: return [issue.summary]
    }
  }

  /// Relative (`-95m`, `-2d`), epoch milliseconds, or a literal in the account's zone.
  func date(_ text: String) -> Date? {
    if let known = dates[text] { return known }
    let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    if let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()) {
      return now.addingTimeInterval(count * unit)
    }
    if let milliseconds = Double(text), text.count > 10 {
      return Date(timeIntervalSince1970: milliseconds / 1000)
    }
    let digits = text.replacing("/", with: "-").split(whereSeparator: { "- :".contains($0) })
      .compactMap { Int($0) }
    guard digits.count == 3 || digits.count == 5 else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: accountOffset * 3600) ?? .gmt
    return calendar.date(
      from: DateComponents(
        year: digits[0], month: digits[1], day: digits[2],
        hour: digits.count == 5 ? digits[3] : 0, minute: digits.count == 5 ? digits[4] : 0))
  }
}
