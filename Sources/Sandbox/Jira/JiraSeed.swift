import Foundation
import RESTClient

/// Projects and issues to begin with: the same for the same numbers, some of them hostile.
enum JiraSeed {
  private static let names = [
    "Web Shop", "Mobile App", "Payments", "Search", "Warehouse", "Customer Care", "Data Platform",
    "Identity", "Notifications", "Reporting",
  ]
  private static let keys = [
    "WEB", "APP", "PAY", "SEA", "WHS", "CARE", "DATA", "IDN", "NOTE", "REP",
  ]
  static let titles = [
    "Checkout fails when the cart is empty", "Login page flickers on small screens",
    "Totals are rounded the wrong way", "Export takes minutes", "Übersetzung fehlt im Menü 🌍",
    "<script>alert('title')</script>", "Search finds nothing for \"shoes & boots\"",
    "Robert'); drop table issues;--", "Session ends after a minute", "Images load twice",
  ]

  /// - Parameter workflows: of the projects, in turn.
  static func fill(
    _ state: inout JiraState, projects: Int, issues: Int,
    workflows: [Workflow] = [.simple, .simple, .reviewed], now: Date
  ) {
    for index in 0..<projects {
      let round = index / names.count
      let project = SandboxJiraProject(
        id: Int64(10_001 + index), key: keys[index % keys.count] + (round > 0 ? "\(round)" : ""),
        name: names[index % names.count] + (round > 0 ? " \(round + 1)" : ""),
        workflow: workflows.isEmpty ? .simple : workflows[index % workflows.count],
        hasPriority: index % 5 != 4,
        requiredField: index % 7 == 6 ? JiraFieldCatalog.severity : nil)
      state.projects[project.id] = project
    }
    guard projects > 0 else { return }
    for index in 0..<issues { add(index, of: issues, projects: projects, now: now, to: &state) }
  }

  private static func add(
    _ index: Int, of total: Int, projects: Int, now: Date, to state: inout JiraState
  ) {
    let projectID = Int64(10_001 + index % projects)
    guard let project = state.projects[projectID] else { return }
    let status = project.workflow.statuses[(index / projects) % project.workflow.statuses.count]
    // From two years ago until a few minutes ago.
    let age = Double(total - index) / Double(max(total, 1)) * 63_000_000 + 600
    let created = now.addingTimeInterval(-age - 3600)
    let updated = now.addingTimeInterval(-age)
    var issue = SandboxJiraIssue(
      id: Int64(200_001 + index), key: "\(project.key)-\(project.nextNumber)",
      projectID: projectID, summary: "\(titles[index % titles.count]) (\(index + 1))",
      typeID: JiraCatalog.types[index % 3].id, statusID: status.id,
      priorityID: project.hasPriority ? JiraCatalog.priorities[index % 5].id : nil,
      created: created, updated: updated, categoryChanged: updated)
    issue.isSeeded = true
    issue.assignee = index % 4 == 0 ? nil : SandboxPerson.all[index % 3].accountID
    issue.labels = index % 3 == 0 ? ["frontend"] : index % 5 == 0 ? ["backend", "customer"] : []
    if status.category == "done" {
      issue.resolution = "10000"
      issue.resolved = updated
    }
    state.projects[projectID]?.nextNumber += 1
    state.insert(issue)
  }

  /// The description of a seeded issue, made when it is asked for: it would be most of the memory.
  static func description(of issue: SandboxJiraIssue) -> JSONValue {
    return .object([
      "version": .integer(1), "type": .string("doc"),
      "content": .array(
        sentences(of: issue).map { text in
          .object([
            "type": .string("paragraph"),
            "content": .array([.object(["type": .string("text"), "text": .string(text)])]),
          ])
        }),
    ])
  }

  /// Plain ASCII without quotes.
  static func sentences(of issue: SandboxJiraIssue) -> [String] {
    let number = Int(issue.id)
    return (0..<(number % 7 + 1)).map {
      "Step \($0 + 1): open the page, do it again \(number % 13 + 1) times, and look at the log."
    }
  }
}
