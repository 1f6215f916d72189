import Foundation

/// Projects and issues to begin with: the same for the same numbers, some of them hostile.
enum SentrySeed {
  private static let projects = [
    ("web-shop", "Web Shop", "javascript-react"), ("mobile-app", "Mobile App", "apple-ios"),
    ("payments", "Payments", "python-django"), ("search", "Search", "java"),
    ("warehouse", "Warehouse", "go"), ("identity", "Identity", "swift"),
  ]
  private static let titles = [
    "TypeError: Cannot read properties of undefined (reading 'total')",
    "IntegrityError: duplicate key value violates unique constraint",
    "TimeoutError: gateway did not answer in 30 s", "<script>alert('error')</script>",
    "KeyError: 'cart_id'", "NullPointerException at SearchService.query",
    "Ошибка: неверный формат данных 💥", "ValueError: could not convert string to float: '1,5'",
  ]
  private static let levels = ["error", "fatal", "warning", "error", "info", "error", "debug"]

  static func fill(_ state: inout SentryState, projects count: Int, issues: Int, now: Date) {
    for index in 0..<count {
      let (slug, name, platform) = projects[index % projects.count]
      let round = index / projects.count
      let suffix = round > 0 ? "-\(round + 1)" : ""
      let id = Int64(4_500_001 + index)
      state.projects[id] = SandboxSentryProject(
        id: id, slug: slug + suffix, name: name + suffix, platform: platform)
    }
    guard count > 0 else { return }
    for index in 0..<issues {
      guard let project = state.projects[Int64(4_500_001 + index % count)] else { continue }
      var issue = issue(index, of: issues, project, now)
      issue.shape = .seeded(index / count)
      issue.title = issue.shape.title ?? issue.title
      state.insert(issue)
    }
  }

  private static func issue(
    _ index: Int, of total: Int, _ project: SandboxSentryProject, _ now: Date
  ) -> SandboxSentryIssue {
    // All had an event within the days that Sentry lists, and many began long before.
    let share = Double(total - index) / Double(max(total, 1))
    let age = share * 7_000_000 + 300
    var issue = SandboxSentryIssue(
      id: Int64(5_000_001 + index), projectID: project.id,
      shortID: "\(project.slug.uppercased())-\(project.nextNumber)",
      title: titles[index % titles.count],
      culprit: "app/\(project.slug)/views in handle_\(index % 17)",
      level: levels[index % levels.count],
      firstSeen: now.addingTimeInterval(-share * 30_000_000 - 86_700),
      lastSeen: now.addingTimeInterval(-age), count: index * 37 % 4000 + 1,
      userCount: index * 11 % 900)
    if index % 5 == 3 {
      issue.status = "resolved"
      issue.substatus = nil
      issue.activity = [("set_resolved", .person, issue.lastSeen)]
    } else if index % 11 == 7 {
      issue.status = "ignored"
      issue.substatus = "archived_until_escalating"
      issue.activity = [("set_ignored", .person, issue.lastSeen)]
    }
    return issue
  }
}
