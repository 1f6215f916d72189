import HTTPServer
import HTTPTypes
import Synchronization

/// The site's pages for people: the newest tickets, or one of them, with buttons.
struct JiraAdminPage: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/sandbox", page)
    router.on(.get, "/browse/{key}", page)
  }

  /// The newest tickets with a button for each status.
  private func page(_ request: Request) async throws -> Response {
    let wanted = request.parameters["key"]
    let rows = sandbox.state.withLock { state -> [String] in
      let issues =
        wanted.map { [state.issue($0)].compactMap(\.self) }
        ?? Array(state.issues.values.sorted { $0.updated > $1.updated }.prefix(100))
      return issues.map { issue in
        let buttons = state.workflow(of: issue).statuses.map { status in
          "<form method=post action=\"/sandbox/issues/\(issue.key)/transition\">"
            + "<button name=to value=\"\(escaped(status.name))\">\(escaped(status.name))</button></form>"
        }
        return "<tr><td><a href=\"/browse/\(issue.key)\">\(issue.key)</a><td>"
          + escaped(issue.summary) + "<td>\(escaped(state.status(of: issue).name))"
          + "<td>\(escaped(issue.labels.joined(separator: " ")))<td>\(buttons.joined())"
      }
    }
    return .html(
      sandboxPage("Jira sandbox", ["Key", "Summary", "Status", "Labels", "Move to"], rows))
  }
}
