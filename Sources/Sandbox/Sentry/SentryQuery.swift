/// The part of Sentry's search that the look-alike knows: `is:`, `level:` and words of the title.
struct SentryQuery: Sendable {
  private var statuses: [String] = []
  private var levels: [String] = []
  private var words: [String] = []

  init(_ text: String) {
    for part in text.split(separator: " ") {
      if part.hasPrefix("is:") {
        let status = String(part.dropFirst(3))
        statuses.append(status == "archived" ? "ignored" : status)
      } else if part.hasPrefix("level:") {
        levels.append(String(part.dropFirst(6)))
      } else {
        words.append(part.lowercased())
      }
    }
  }

  func matches(_ issue: SandboxSentryIssue) -> Bool {
    statuses.allSatisfy { $0 == issue.status } && (levels.isEmpty || levels.contains(issue.level))
      && words.allSatisfy { issue.title.lowercased().contains($0) }
  }
}
